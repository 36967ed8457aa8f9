"""What committed transactions say has changed."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.world import World


@contextmanager
def noted_changes(world: World) -> Iterator[dict[str, set[int]]]:
    """By topic, all that is noted meanwhile; it is spread as usual too."""
    noted: defaultdict[str, set[int]] = defaultdict(set)
    spread = world.db.after_changes

    async def keep(changes: dict[str, set[int]]) -> None:
        for topic, ids in changes.items():
            noted[topic] |= ids
        await spread(changes)

    world.db.after_changes = keep
    try:
        yield noted
    finally:
        world.db.after_changes = spread
