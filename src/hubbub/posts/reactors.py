"""What the worker does for posts when others announce."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from hubbub.accounts import AccountPurged
from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox import Periodic, Reactions
from hubbub.platform.services import Services
from hubbub.posts import service
from hubbub.posts.events import (
    MentionsLeft,
    PostDeleted,
    PostRemnantsLeft,
    PurgedPostsLeft,
    PurgedReactionsLeft,
)

SCRUB_AFTER = timedelta(days=30)


def register(reactions: Reactions, services: Services) -> None:
    reactions.on_counts(rank_comments)
    reactions.on("record", remove_remnants)
    reactions.on("record", purge_posts)
    reactions.on("record", purge_reactions)
    reactions.on("record", forget_mentions)
    reactions.every(Periodic("scrub deleted posts", 600.0, scrub_deleted_posts))
    reactions.every(Periodic("end polls", 5.0, end_polls))


async def rank_comments(tx: Tx, subject_ids: Sequence[int]) -> None:
    """Of those whose likes have changed; all other subjects are passed over."""
    await service.rank_comments(tx, subject_ids)


async def remove_remnants(tx: Tx, events: Sequence[PostDeleted | PostRemnantsLeft]) -> None:
    await service.remove_remnants(tx, post_ids={event.post_id for event in events})


async def purge_posts(tx: Tx, events: Sequence[AccountPurged | PurgedPostsLeft]) -> None:
    for account_id in sorted({event.account_id for event in events}):
        await service.purge_posts(tx, account_id=account_id)


async def purge_reactions(tx: Tx, events: Sequence[AccountPurged | PurgedReactionsLeft]) -> None:
    for account_id in sorted({event.account_id for event in events}):
        await service.purge_reactions(tx, account_id=account_id)


async def forget_mentions(tx: Tx, events: Sequence[AccountPurged | MentionsLeft]) -> None:
    """In what others wrote a purged account's handle is plain text, and reaches nobody."""
    for account_id in sorted({event.account_id for event in events}):
        await service.forget_mentions(tx, account_id=account_id)


async def scrub_deleted_posts(db: Database) -> None:
    """Forget the words of posts that were deleted long enough ago, in short transactions."""
    before = datetime.now(UTC) - SCRUB_AFTER
    while await db.write(partial(service.scrub_posts, deleted_before=before)):
        pass


async def end_polls(db: Database) -> None:
    """Announce the polls that have ended, in short transactions."""
    while await db.write(service.end_polls):
        pass
