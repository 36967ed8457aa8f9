"""Posts written down, those of many authors in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.platform.batching import Batcher
from hubbub.platform.counters import CountDelta, CountKind
from hubbub.platform.db import Database, Tx, note_announcement, note_change
from hubbub.platform.outbox import rows_of
from hubbub.posts.events import PostCreated
from hubbub.posts.queries import written as queries
from hubbub.posts.queries.posts import Post
from hubbub.posts.queries.written import NewTags

SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post that may be written, with all that goes with it."""

    post: Post
    tags: Sequence[str]
    event: PostCreated


class Press:
    """Writes each post within a statement that it shares with others of its moment."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._batcher: Batcher[NewPost, None] = Batcher(
            self._write, key=lambda new: new.post.id, seconds=SECONDS
        )

    async def print(self, new: NewPost) -> None:
        await self._batcher.write(new)

    async def _write(self, posts: Sequence[NewPost], seconds: float) -> list[None]:
        async def effect(tx: Tx) -> None:
            await insert_posts(tx, posts)

        await self._db.write(effect, deadline_seconds=seconds, is_one_statement=True)
        return [None] * len(posts)


async def insert_posts(tx: Tx, new: Sequence[NewPost]) -> None:
    """In one statement, so that it is whole outside of a transaction too; again it changes nothing."""
    announced = rows_of(*(each.event for each in new))
    await queries.insert_posts(
        tx,
        [each.post for each in new],
        tags=NewTags(
            [tag for each in new for tag in each.tags], [each.post.id for each in new for _ in each.tags]
        ),
        announced=announced,
        announced_ids=[each.post.id for each in new for _ in each.event.consumers],
    )
    note_announcement(announced.consumers)
    for each in new:
        note_change("author", each.post.author_id)
        note_change("counts", *(subject_id for subject_id, _, _ in counted(each.post, 1)))


def counted(post: Post, delta: int) -> list[CountDelta]:
    """What a post adds to the counts of others. A repost is counted as a reaction, not as a post."""
    if post.repost_of is not None:
        return []
    deltas = [(post.author_id, CountKind.POSTS, delta)]
    if post.parent_id is not None:
        deltas.append((post.parent_id, CountKind.COMMENTS, delta))
    if post.quote_of is not None:
        deltas.append((post.quote_of, CountKind.QUOTES, delta))
    return deltas
