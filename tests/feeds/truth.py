"""What home feeds hold by PostgreSQL and the one rule of visibility, never by a cache."""

from dataclasses import dataclass

from hubbub.posts import Hydrated, Post, hydrate
from tests.support.world import Person, World

ENTRIES = """
SELECT p.id FROM posts p
WHERE p.parent_id IS NULL AND p.deleted_at IS NULL
  AND (p.author_id = $1 OR (
      p.author_id IN (SELECT followee_id FROM follows WHERE follower_id = $1)
      AND p.author_id NOT IN (
          SELECT m.member_id
          FROM lists l
          JOIN list_members m ON m.owner_id = l.owner_id AND m.list_id = l.id
          LEFT JOIN follows f ON f.follower_id = $1 AND f.followee_id = m.member_id
          WHERE l.owner_id = $1 AND l.is_exclusive AND m.follow_id IS NOT DISTINCT FROM f.id
      )
  ))
ORDER BY p.id DESC
"""


@dataclass(frozen=True)
class Truth:
    """What one reader's home holds now, newest first, and all posts that they may see."""

    home: list[int]
    by: dict[int, list[int]]
    """Who passed on each entry's original, oldest first."""
    hydrated: Hydrated


async def load_truth(world: World, reader: Person) -> Truth:
    async with world.db.transaction() as tx:
        all_ids = [row["id"] for row in await tx.fetch("SELECT id FROM posts")]
        ids = [row["id"] for row in await tx.fetch(ENTRIES, reader.id)]
        hydrated = await hydrate(tx, viewer_id=reader.id, post_ids=all_ids)
    entries = [post for id_ in ids if (post := hydrated.find(id_)) and not hydrated.is_muted(post)]
    first: dict[int, int] = {}
    for post in reversed(entries):
        first.setdefault(original_of(post), post.id)
    by: dict[int, list[int]] = {}
    for post in reversed(entries):
        if post.repost_of is not None:
            by.setdefault(post.repost_of, []).append(post.author_id)
    shown = [post for post in entries if post.repost_of is None or first[post.repost_of] == post.id]
    return Truth([post.id for post in shown], by, hydrated)


def original_of(post: Post) -> int:
    return post.repost_of or post.id
