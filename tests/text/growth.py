"""Does the time of a function of a text grow in proportion to the text?"""

import time
from collections.abc import Callable

LONGEST = 100_000
# A quadratic function takes 16 times as long for a text 4 times as long, a linear one 4 times; the
# allowance between is for a busy machine, as is the ceiling (what is measured here is 1 to 50 ms).
ALLOWED_GROWTH = 8.0
CEILING_SECONDS = 1.0
# Below this a measurement is noise.
SHORTEST_SECONDS = 0.001


def grows_linearly(function: Callable[[str], object], unit: str) -> bool:
    short, long = (_fastest(function, (unit * LONGEST)[:size]) for size in (LONGEST // 4, LONGEST))
    return long < CEILING_SECONDS and long <= ALLOWED_GROWTH * max(short, SHORTEST_SECONDS)


def _fastest(function: Callable[[str], object], text: str) -> float:
    """The least CPU seconds of two runs; the second is skipped when the first is hopeless."""
    best = float("inf")
    for _ in range(2):
        start = time.thread_time()
        function(text)
        best = min(best, time.thread_time() - start)
        if best > CEILING_SECONDS:
            break
    return best
