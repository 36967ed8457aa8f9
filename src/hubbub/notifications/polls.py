"""The end of a poll: told to its author and to all who voted, in bounded slices."""

from collections.abc import Sequence

from hubbub.notifications.asks import Ask
from hubbub.notifications.events import PollVotersLeft
from hubbub.notifications.kinds import Kind
from hubbub.notifications.recording import tell
from hubbub.platform.db import Tx
from hubbub.platform.outbox import announce
from hubbub.posts import PollEnded, load_posts
from hubbub.reactions import list_voters

# Voters of one poll in one batch; those that are left go to the end of the queue.
SLICE = 500
# Voters of one batch, after which the polls that come later are left whole.
VOTERS = 5_000


async def tell_ends(tx: Tx, events: Sequence[PollEnded | PollVotersLeft]) -> None:
    """One notification for each of them, in the author's name; nobody is told who else voted."""
    works = {event.post_id: event for event in events}
    posts = await load_posts(tx, works)
    after = {
        post_id: event.after if isinstance(event, PollVotersLeft) else 0
        for post_id, event in works.items()
        if post_id in posts and not posts[post_id].is_deleted
    }
    found = await list_voters(tx, after, limit=SLICE) if after else {}
    asks: list[Ask] = []
    left: list[PollVotersLeft] = []
    for post_id, last in after.items():
        author_id, account_ids = works[post_id].author_id, found.get(post_id, [])
        if len(asks) < VOTERS:
            told = account_ids if last else [author_id, *account_ids]
            asks += (Ask(account_id, post_id, author_id, Kind.POLL_ENDED) for account_id in told)
            if len(account_ids) < SLICE:
                continue
            last = account_ids[-1]
        left.append(PollVotersLeft(post_id=post_id, author_id=author_id, after=last))
    await tell(tx, asks)
    await announce(tx, *left)
