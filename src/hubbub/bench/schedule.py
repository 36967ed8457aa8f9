"""When requests are due and who asks whom, all from a seed: the same load for every target."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random
from typing import Literal

Arrivals = Literal["poisson", "constant"]


def due_times(rate: float, seconds: float, *, seed: int, arrivals: Arrivals = "poisson") -> Iterator[float]:
    """Seconds after the start at which requests are due, whether or not earlier ones were answered.

    `poisson` is what many independent people make: gaps without memory. `constant` is a metronome.
    """
    if arrivals == "constant":
        yield from (number / rate for number in range(round(rate * seconds)))
        return
    random = Random(seed)
    due = random.expovariate(rate)
    while due < seconds:
        yield due
        due += random.expovariate(rate)


class Zipf:
    """Positions 0 to `count` - 1, of which the first are taken by far most often."""

    __slots__ = ("_edges",)

    def __init__(self, count: int, exponent: float) -> None:
        if count < 1:
            raise ValueError("there must be somebody to choose from")
        self._edges = list(accumulate(rank**-exponent for rank in range(1, count + 1)))

    def pick(self, random: Random) -> int:
        return self.at(random.random())

    def at(self, share: float) -> int:
        """The position below which `share` (0 to 1) of all picks fall."""
        return min(bisect(self._edges, share * self._edges[-1]), len(self._edges) - 1)


class Weighted:
    """Names by weight."""

    __slots__ = ("_edges", "_names")

    def __init__(self, names: Sequence[str], weights: Sequence[float]) -> None:
        if len(names) != len(weights) or not names or min(weights) < 0 or sum(weights) <= 0:
            raise ValueError("each name needs a weight, and one of them must be more than 0")
        self._names = list(names)
        self._edges = list(accumulate(weights))

    def pick(self, random: Random) -> str:
        return self._names[min(bisect(self._edges, random.random() * self._edges[-1]), len(self._names) - 1)]
