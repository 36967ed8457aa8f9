"""Who there is. A person is a position from 0 up; those with a part to play come first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from benchmarks.population.plan import Person, Population
from hubbub.demo.words import FIRST_NAMES, LAST_NAMES, TONGUES, write_bio

INACTIVE_SHARE = 0.3
PRIVATE_SHARE = 0.03
ENGLISH_SHARE = 0.5
BIOS = 500


class Newcomer(NamedTuple):
    id: int
    handle: str
    email: str
    display_name: str
    bio: str
    language: str
    is_private: bool


@dataclass(frozen=True, slots=True)
class Cast:
    """Positions of those with a part."""

    exact: dict[int, int]
    """Followers wanted, by position: celebrity, popular and the authors."""
    authors: dict[int, int]
    """Position by number of followers."""
    deep: range
    readers: dict[int, range]
    """Positions by number of follows."""

    celebrity: int = 0
    popular: int = 1

    @property
    def size(self) -> int:
        return len(self.exact) + len(self.deep) + sum(map(len, self.readers.values()))


def make_cast(plan: Population) -> Cast:
    exact = {0: plan.accounts // 5, 1: max(plan.accounts // 100, 1)}
    authors = {}
    for followers in plan.author_followers:
        if followers < plan.accounts // 5:
            authors[followers] = len(exact)
            exact[len(exact)] = followers
    deep = range(len(exact), len(exact) + plan.deep_authors)
    readers = {}
    start = deep.stop
    for follows in plan.reader_follows:
        if follows <= (plan.accounts - len(exact)) // 2:
            readers[follows] = range(start, start + plan.readers_each)
            start += plan.readers_each
    return Cast(exact, authors, deep, readers)


class People:
    """Traits of everybody, a few bytes each."""

    def __init__(self, plan: Population) -> None:
        random = Random(f"{plan.seed} people")
        self.plan = plan
        self.count = plan.accounts
        self.cast = make_cast(plan)
        if self.cast.size >= self.count:
            raise ValueError(f"{self.count} accounts are too few: {self.cast.size} have a part to play")
        step = range(self.count)
        clock = plan.clock(0)
        self.ids = [clock(position / self.count) for position in step]
        self.tongues = bytearray(
            0 if random.random() < ENGLISH_SHARE else random.randrange(1, len(TONGUES)) for _ in step
        )
        self.is_inactive = bytearray(random.random() < INACTIVE_SHARE for _ in step)
        self.is_private = bytearray(random.random() < PRIVATE_SHARE for _ in step)
        for position in range(self.cast.size):
            self.is_inactive[position] = self.is_private[position] = False
        self.by_popularity = list(range(len(self.cast.exact), self.count))
        """All but those with exact numbers of followers, the most popular first."""
        random.shuffle(self.by_popularity)

    def handle(self, position: int) -> str:
        return f"{FIRST_NAMES[position % len(FIRST_NAMES)].lower()}_{position}"

    def person(self, position: int) -> Person:
        return Person(self.ids[position], self.handle(position))

    def language(self, position: int) -> str:
        return TONGUES[self.tongues[position]].language

    def newcomers(self) -> Iterator[Newcomer]:
        random = Random(f"{self.plan.seed} newcomers")
        bios = [[write_bio(random, tongue) for _ in range(BIOS)] for tongue in TONGUES]
        for position in range(self.count):
            handle, tongue = self.handle(position), self.tongues[position]
            yield Newcomer(
                self.ids[position],
                handle,
                f"{handle}@bench.example",
                f"{FIRST_NAMES[position % len(FIRST_NAMES)]} {random.choice(LAST_NAMES)}",
                random.choice(bios[tongue]),
                self.language(position),
                bool(self.is_private[position]),
            )

    def active_sample(self, count: int) -> Sequence[Person]:
        random = Random(f"{self.plan.seed} sample")
        ordinary = range(self.cast.size, self.count)
        drawn = random.sample(ordinary, min(2 * count, len(ordinary)))
        return [self.person(each) for each in drawn if not self.is_inactive[each]][:count]
