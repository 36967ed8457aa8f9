"""Voting in polls, and their end."""

from collections.abc import Collection

from hubbub.platform.db import Tx
from hubbub.platform.outbox import announce
from hubbub.platform.text.refusals import refusal
from hubbub.posts.errors import AlreadyVoted, OwnPoll, PollClosed
from hubbub.posts.events import PollEnded
from hubbub.posts.polls import Poll
from hubbub.posts.queries import polls as queries
from hubbub.posts.queries.posts import Post, select_posts
from hubbub.reactions import find_vote, vote

BATCH = 200
VOTE_SECONDS = 2.0
# After an end, until no vote can be on its way any more, even by a clock that is somewhat slow.
GRACE_SECONDS = 5.0


def check_choices(poll: Poll, choices: Collection[int]) -> None:
    """Raises Invalid for choices that are no vote in this poll, whoever makes it."""
    if any(choice >= len(poll.options) for choice in choices):
        raise refusal("choices", "out_of_range", f"The poll has {len(poll.options)} options, from 0.")
    if len(set(choices)) < len(choices):
        raise refusal("choices", "repeated", "Each option can be chosen once.")
    if len(choices) > 1 and not poll.is_multiple:
        raise refusal("choices", "too_long", "This poll takes one choice.")


async def vote_in_poll(tx: Tx, *, post: Post, poll: Poll, account_id: int, choices: Collection[int]) -> None:
    """Vote in the poll of a visible post. The same vote again changes nothing, even once the poll is closed.

    Raises OwnPoll, PollClosed, AlreadyVoted.
    """
    if post.author_id == account_id:
        raise OwnPoll(str(post.id))
    is_closed = poll.is_closed
    if is_closed:
        voted = await find_vote(tx, post_id=post.id, account_id=account_id)
    else:
        voted = await vote(tx, post_id=post.id, account_id=account_id, choices=choices)
    if set(voted) != set(choices):
        raise PollClosed(str(post.id)) if is_closed else AlreadyVoted(str(post.id))


async def end_polls(tx: Tx) -> int:
    """Announce one batch of the polls that have ended, each once; return how many there were."""
    ids = await queries.delete_ended(tx, grace_seconds=GRACE_SECONDS, limit=BATCH)
    posts = await select_posts(tx, sorted(ids)) if ids else []
    await announce(
        tx, *(PollEnded(post_id=post.id, author_id=post.author_id) for post in posts if not post.is_deleted)
    )
    return len(ids)
