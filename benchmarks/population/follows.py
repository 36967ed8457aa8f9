"""Who follows whom: how many by a log-normal law, whom by a power law, and a quarter mutually.

Nothing here grows with the number of follows: each follower's list follows from the seed and from some
bytes for each account.
"""

from collections.abc import Callable, Iterator
from math import exp, log
from random import Random

from benchmarks.population.people import People

SIGMA = 1.0
MOST = 5_000
"""Follows of an ordinary account; Hubbub allows 10,000."""
# In-degrees above a bound fall as its power -(1 + 1/0.8) = -2.25, as measured on large networks.
POPULARITY_EXPONENT = 0.8
# A friendship needs both sides to have room for it, so about half of what is offered comes about.
OFFERED_SHARE = 0.52
MOST_FRIENDS = 255


class Follows:
    def __init__(self, people: People) -> None:
        plan = people.plan
        random = Random(f"{plan.seed} degrees")
        self._people = people
        self._seed = plan.seed
        self._clock = plan.clock(1)
        room = (people.count - len(people.cast.exact)) // 2
        mu = log(plan.mean_follows) - SIGMA**2 / 2
        self._wanted = [min(round(random.lognormvariate(mu, SIGMA)), MOST, room) for _ in range(people.count)]
        self._offered = bytearray(min(int(OFFERED_SHARE * wanted), MOST_FRIENDS) for wanted in self._wanted)
        self._exact: dict[int, int] = {}
        for position in people.cast.exact:
            self._offered[position] = 0
        for follows, positions in people.cast.readers.items():
            for position in positions:
                self._offered[position] = 0
                self._exact[position] = follows
        # Reflections about random points: (point - a) is b's friend exactly when (point - b) is a's.
        self._points = random.sample(range(people.count), min(MOST_FRIENDS + 1, people.count // 2))
        self._followed_exactly = self._draw_exact(random)

    def lists(self) -> Iterator[tuple[int, list[int]]]:
        """(follower, followees), positions, by follower; the k-th follow has `first_id(follower) + k`."""
        random = Random(f"{self._seed} follows")
        draw = draw_by_popularity(random, self._people, self._top_share())
        for follower in range(self._people.count):
            yield follower, self._list(random, draw, follower)

    def first_id(self, follower: int) -> int:
        return self._clock(follower / self._people.count)

    def _list(self, random: Random, draw: Callable[[], int], follower: int) -> list[int]:
        exactly = self._exact.get(follower)
        if exactly is not None:
            return self._list_of_reader(random, follower, exactly)
        chosen = set(self._friends(follower))
        marks = self._followed_exactly[follower]
        if marks:
            chosen.update(exact for exact in self._people.cast.exact if marks >> exact & 1)
        wanted = self._wanted[follower]
        chosen.add(follower)
        while len(chosen) <= wanted:
            chosen.add(draw())
        chosen.remove(follower)
        return list(chosen)

    def _list_of_reader(self, random: Random, follower: int, wanted: int) -> list[int]:
        """Ten deep authors, so that even the shortest list has many pages, then anybody."""
        people = self._people
        chosen = set(people.cast.deep[: min(10, wanted)])
        everyone = range(people.cast.size, people.count)
        while len(chosen) < wanted:
            chosen.add(random.choice(everyone))
        return list(chosen)

    def _friends(self, follower: int) -> list[int]:
        offered, count = self._offered, self._people.count
        room = offered[follower]
        return [
            other
            for place, point in enumerate(self._points[:room])
            if offered[other := (point - follower) % count] > place and other != follower
        ]

    def _draw_exact(self, random: Random) -> list[int] | bytearray:
        """For each account a bit for each account with an exact number of followers, set if it follows it."""
        marks = bytearray(self._people.count)
        ordinary = range(self._people.cast.size, self._people.count)
        assert len(self._people.cast.exact) <= 8
        for position, followers in self._people.cast.exact.items():
            for follower in random.sample(ordinary, min(followers, len(ordinary))):
                marks[follower] |= 1 << position
        return marks

    def _top_share(self) -> float:
        """Of all accounts, those that follow the most popular ordinary one."""
        return min(max(0.005, 10 * self._people.plan.mean_follows / self._people.count), 0.1)


def draw_by_popularity(random: Random, people: People, top_share: float) -> Callable[[], int]:
    """Draws positions by a power law whose top is drawn by `top_share` of all accounts, each drawing most
    of its mean follows."""
    ordinary = people.by_popularity
    mean = people.plan.mean_follows * 0.7
    shift = _shift(len(ordinary), top_share / mean)
    return power_draw(random, ordinary, POPULARITY_EXPONENT, shift)


def power_draw(random: Random, items: list[int], exponent: float, shift: float) -> Callable[[], int]:
    """Draws items with weights (place + shift) ** -exponent, by inverting the integral of the weights."""
    power = 1 - exponent
    low = shift**power
    span = (len(items) + shift - 1e-6) ** power - low
    inverse, uniform = 1 / power, random.random
    return lambda: items[int((low + span * uniform()) ** inverse - shift)]


def _shift(size: int, top_weight: float) -> float:
    """With which the first of `size` items gets `top_weight` of all draws; weights flatten as it grows."""
    power = 1 - POPULARITY_EXPONENT
    low, high = 1e-3, 1e9
    for _ in range(60):
        middle = exp((log(low) + log(high)) / 2)
        weight = ((middle + 1) ** power - middle**power) / ((middle + size) ** power - middle**power)
        low, high = (middle, high) if weight > top_weight else (low, middle)
    return high
