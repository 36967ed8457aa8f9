"""What waits in the outbox."""

import json
from typing import Any

from tests.support.world import World


async def announcements(world: World, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """Kind and body of each event, in the order of announcing, however many are to hear of it."""
    rows = await world.rows("SELECT DISTINCT id, kind, body::text FROM outbox ORDER BY id")
    found = [(row["kind"], json.loads(row["body"])) for row in rows]
    assert all(body.pop("type") == kind for kind, body in found)
    return [each for each in found if not kinds or each[0] in kinds]


async def forget_announcements(world: World) -> None:
    await world.rows("DELETE FROM outbox RETURNING id")
