"""Notifications of the likes that were loaded, as if they had been made when those were."""

from collections.abc import Sequence
from typing import Any


async def notify_of_likes(connection: Any, account_ids: Sequence[int]) -> None:
    """For these authors."""
    async with connection.transaction():
        await connection.execute(
            """
            INSERT INTO notification_actors (account_id, object_id, actor_id, kind, place)
            SELECT p.author_id, r.post_id, r.account_id, 1, 0
            FROM posts p JOIN reactions r ON r.post_id = p.id AND r.kind = 1
            WHERE p.author_id = ANY($1) AND p.deleted_at IS NULL AND r.account_id <> p.author_id
            """,
            account_ids,
        )
        await connection.execute(
            """
            INSERT INTO notification_groups
                (account_id, object_id, newest_id, first_id, count, kind, place, actor_ids)
            SELECT n.account_id, n.object_id, max(r.id), min(r.id), count(*), 1, 0,
                   (array_agg(n.actor_id ORDER BY r.id DESC))[1:8]
            FROM notification_actors n
            JOIN reactions r ON r.post_id = n.object_id AND r.account_id = n.actor_id AND r.kind = n.kind
            WHERE n.account_id = ANY($1)
            GROUP BY n.account_id, n.object_id
            """,
            account_ids,
        )
    await connection.execute("VACUUM (ANALYZE) notification_actors, notification_groups")
