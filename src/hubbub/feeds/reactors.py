"""What the worker does for feeds: push posts, and say again what has changed if somebody died saying it."""

from collections.abc import Sequence
from functools import partial

from hubbub.accounts import AccountPurged
from hubbub.errors import Unavailable
from hubbub.feeds.celebrities import forget_celebrities
from hubbub.feeds.events import FanOutLeft, ReactionsNotSpread, TellingLeft
from hubbub.feeds.fanout import FanOut, Work, is_for_some, works_of
from hubbub.feeds.home_lists import HomeLists
from hubbub.feeds.telling import FeedTelling
from hubbub.graph import (
    AccountBlocked,
    AccountFollowed,
    AccountMuted,
    AccountUnblocked,
    AccountUnfollowed,
    AccountUnmuted,
    FollowAccepted,
)
from hubbub.platform.db import Tx
from hubbub.platform.outbox import Reactions, announce
from hubbub.platform.services import Services
from hubbub.platform.valkey import ValkeyUnavailable
from hubbub.posts import PostCreated, PostDeleted, PostEdited
from hubbub.reactions import PostBookmarked, PostReposted, PostUnreposted


def register(reactions: Reactions, services: Services) -> None:
    reactions.on("deliver", partial(fan_out, services))
    reactions.on("deliver", partial(tell_followers, services))
    reactions.on("deliver", partial(spread_posts, services))
    reactions.on("deliver", partial(spread_follows, services))
    reactions.on("deliver", partial(spread_blocks, services))
    reactions.on("deliver", partial(spread_mutes, services))
    reactions.on("record", partial(spread_reactions, services))
    reactions.on("deliver", partial(spread_missed_reactions, services))
    reactions.on("record", forget_purged)
    reactions.on("deliver", partial(forget_readers, services))


async def fan_out(services: Services, tx: Tx, events: Sequence[PostCreated | FanOutLeft]) -> None:
    """Posts, quotes and reposts; comments are in nobody's home feed."""
    posts = [event for event in events if isinstance(event, PostCreated) and event.parent_id is None]
    works = works_of(posts)
    works += [
        Work(event.author_id, event.post_ids, event.before)
        for event in events
        if isinstance(event, FanOutLeft)
    ]
    fan_out = services.part(FanOut)
    try:
        left = await fan_out.deliver(tx, works)
        for post in posts:
            if is_for_some(post):
                await fan_out.deliver_mentioned(tx, post)
    except ValkeyUnavailable as error:
        raise Unavailable(str(error)) from error
    await announce(
        tx,
        *(
            FanOutLeft(author_id=work.author_id, post_ids=work.post_ids, before=work.before)
            for work in left.works
        ),
        *(TellingLeft(author_id=work.author_id, post_ids=work.post_ids) for work in left.untold),
    )


async def tell_followers(services: Services, tx: Tx, events: Sequence[TellingLeft]) -> None:
    """Of authors whom readers merge in, and to whom nothing is pushed."""
    telling = services.part(FeedTelling)
    for event in events:
        cursor = await telling.tell_followers(
            tx, author_id=event.author_id, post_ids=event.post_ids, cursor=event.cursor
        )
        if cursor is not None:
            left = TellingLeft(author_id=event.author_id, post_ids=event.post_ids, cursor=cursor)
            await announce(tx, left)


async def spread_posts(
    services: Services, tx: Tx, events: Sequence[PostCreated | PostEdited | PostDeleted]
) -> None:
    changed = {event.post_id for event in events if not isinstance(event, PostCreated)}
    await services.changes.spread_again({"author": {event.author_id for event in events}, "post": changed})


async def spread_follows(
    services: Services, tx: Tx, events: Sequence[AccountFollowed | AccountUnfollowed | FollowAccepted]
) -> None:
    followers = {event.follower_id for event in events}
    both = followers | {event.followee_id for event in events}
    await services.changes.spread_again({"relations": both, "home": followers})


async def spread_blocks(
    services: Services, tx: Tx, events: Sequence[AccountBlocked | AccountUnblocked]
) -> None:
    both = {event.blocker_id for event in events} | {event.blocked_id for event in events}
    cut = {
        account_id
        for event in events
        if isinstance(event, AccountBlocked)
        for account_id in (event.blocker_id, event.blocked_id)
    }
    await services.changes.spread_again({"relations": both, "home": cut})


async def spread_mutes(services: Services, tx: Tx, events: Sequence[AccountMuted | AccountUnmuted]) -> None:
    await services.changes.spread_again({"relations": {event.muter_id for event in events}})


async def spread_reactions(
    services: Services,
    tx: Tx,
    events: Sequence[PostReposted | PostUnreposted | PostBookmarked],
) -> None:
    """Beside what is recorded anyway. Of likes nothing is spread: whoever got no answer and likes again has
    it spread again.

    Only when Valkey is away does `deliver` get an event, for it waits, and `record` does not.
    """
    reactors = {event.account_id for event in events}
    try:
        await services.changes.spread_again({"reactions": reactors})
    except Unavailable:
        await announce(tx, *(ReactionsNotSpread(account_id=account_id) for account_id in sorted(reactors)))


async def spread_missed_reactions(services: Services, tx: Tx, events: Sequence[ReactionsNotSpread]) -> None:
    await services.changes.spread_again({"reactions": {event.account_id for event in events}})


async def forget_purged(tx: Tx, events: Sequence[AccountPurged]) -> None:
    """Without posts nobody needs to be merged in."""
    await forget_celebrities(tx, [event.account_id for event in events])


async def forget_readers(services: Services, tx: Tx, events: Sequence[AccountPurged]) -> None:
    await services.part(HomeLists).forget({event.account_id for event in events})
