"""Bells: who wants to hear of every new post of somebody they follow."""

from collections.abc import Collection, Sequence

from hubbub.notifications.asks import Ask
from hubbub.notifications.events import BellsLeft
from hubbub.notifications.kinds import Kind
from hubbub.notifications.queries import recording as queries
from hubbub.notifications.recording import tell
from hubbub.platform.db import Tx
from hubbub.platform.outbox import announce
from hubbub.posts import PostCreated
from hubbub.visibility import Visibility

# Bells of one post in one batch; those that are left go to the end of the queue.
SLICE = 500
# Bells of one batch, after which a post is left whole.
BELLS = 5_000


async def ring(tx: Tx, events: Sequence[PostCreated | BellsLeft]) -> None:
    """Tell of new posts, not of comments and reposts. Each post's first slice before anybody's second."""
    works = [
        (event.author_id, event.post_id, event.after if isinstance(event, BellsLeft) else 0)
        for event in events
        if isinstance(event, BellsLeft) or _rings(event)
    ]
    if works:
        await _ring(tx, works, told_anyway=_told_anyway(events))


async def take_down(tx: Tx, pairs: Collection[tuple[int, int]]) -> None:
    """Of these (author, account), who has ended the follow."""
    await queries.delete_bells(tx, sorted(pairs))


async def _ring(
    tx: Tx, works: Sequence[tuple[int, int, int]], *, told_anyway: Collection[tuple[int, int]]
) -> None:
    found = await queries.select_bell_slices(
        tx,
        author_ids=[author_id for author_id, _, _ in works],
        after=[after for _, _, after in works],
        limit=SLICE,
    )
    asks: list[Ask] = []
    left: list[BellsLeft] = []
    for number, account_ids in found.items():
        author_id, post_id, after = works[number]
        if len(asks) < BELLS:
            after = account_ids[-1]
            asks += (
                Ask(account_id, post_id, author_id, Kind.POST)
                for account_id in account_ids
                if (account_id, post_id) not in told_anyway
            )
            if len(account_ids) < SLICE:
                continue
        left.append(BellsLeft(author_id=author_id, post_id=post_id, after=after))
    await tell(tx, asks)
    await announce(tx, *left)


def _rings(post: PostCreated) -> bool:
    return post.parent_id is None and post.repost_of is None and post.visibility != Visibility.MENTIONED


def _told_anyway(events: Sequence[PostCreated | BellsLeft]) -> set[tuple[int, int]]:
    """Who is told of a post anyway."""
    return {
        (account_id, event.post_id)
        for event in events
        if isinstance(event, PostCreated)
        for account_id in (*event.mentioned_ids, event.quoted_author_id)
        if account_id is not None
    }
