"""Who follows whom: read from an edge list, or made up."""

from pathlib import Path
from random import Random


class BadGraph(ValueError):
    """The file is not an edge list; the text says where."""


def read_edges(path: Path) -> list[tuple[str, str]]:
    """Pairs of names, one pair a line, parted by white space or a comma; `#` and `%` begin comments.

    Raises BadGraph naming the line. Repeated pairs, in either direction, and pairs of one with itself are
    left out.
    """
    pairs: dict[tuple[str, str], None] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.partition("#")[0].partition("%")[0].replace(",", " ").split()
        if not text:
            continue
        if len(text) < 2:
            raise BadGraph(f"{path.name}, line {number}: expected two names, found {line.strip()[:60]!r}")
        first, second = sorted(text[:2])
        if first != second:
            pairs[first, second] = None
    if not pairs:
        raise BadGraph(f"{path.name}: there is no pair in it")
    return list(pairs)


def both_ways(edges: list[tuple[str, str]]) -> tuple[list[str], list[tuple[int, int]]]:
    """Names in order, and follows as (follower, followee) indices into them, in both directions."""
    names = sorted({name for pair in edges for name in pair}, key=lambda name: (len(name), name))
    index = {name: position for position, name in enumerate(names)}
    follows = [(index[a], index[b]) for a, b in edges] + [(index[b], index[a]) for a, b in edges]
    return names, follows


def make_follows(random: Random, people: int, mean: int = 12) -> list[tuple[int, int]]:
    """A seeded graph with a few popular people: popularity falls as a power law, a third is mutual."""
    weights = [1 / (rank + 3) ** 0.8 for rank in range(people)]
    everyone = range(people)
    follows: set[tuple[int, int]] = set()
    for follower in everyone:
        wanted = min(people - 1, max(1, round(random.lognormvariate(0, 0.6) * mean)))
        for followee in random.choices(everyone, weights, k=wanted):
            if followee != follower:
                follows.add((follower, followee))
                if random.random() < 0.33:
                    follows.add((followee, follower))
    return sorted(follows)


def zipf_counts(random: Random, items: int, total: int, exponent: float = 1.0) -> list[int]:
    """`total` spread over `items` by a Zipf law; which item is popular is drawn from the seed."""
    ranks = list(range(items))
    random.shuffle(ranks)
    weights = [1 / (rank + 1) ** exponent for rank in ranks]
    counts = [0] * items
    for chosen in random.choices(range(items), weights, k=total):
        counts[chosen] += 1
    return counts
