"""What notifications do when others announce, in the worker; a bounded number of rows in a transaction."""

from collections.abc import Sequence
from functools import partial

from hubbub.accounts import AccountPurged
from hubbub.graph import (
    AccountFollowed,
    AccountUnfollowed,
    FollowAccepted,
    FollowRequested,
    FollowRequestRemoved,
)
from hubbub.notifications import bells, delivering, polls, removal
from hubbub.notifications.events import (
    BellsLeft,
    DismissalLeft,
    NotificationAdded,
    NotificationRemnantsLeft,
    NotificationReturned,
    NotificationsRead,
    PollVotersLeft,
    PostNotificationsLeft,
)
from hubbub.notifications.recording import record
from hubbub.platform.db import Tx
from hubbub.platform.outbox import Reactions
from hubbub.platform.services import Services
from hubbub.posts import PollEnded, PostCreated, PostDeleted, PostEdited
from hubbub.reactions import PostLiked, PostReposted, PostUnliked, PostUnreposted


def register(reactions: Reactions, services: Services) -> None:
    reactions.on("record", record_events)
    reactions.on("record", ring_bells)
    reactions.on("record", take_bells_down)
    reactions.on("record", tell_poll_ends)
    reactions.on("record", remove_about_posts)
    reactions.on("record", finish_dismissals)
    reactions.on("record", purge_notifications)
    reactions.on("deliver", partial(deliver_notifications, services))
    reactions.on("deliver", partial(deliver_markers, services))


async def record_events(
    tx: Tx,
    events: Sequence[
        PostLiked
        | PostUnliked
        | PostReposted
        | PostUnreposted
        | PostCreated
        | PostEdited
        | AccountFollowed
        | AccountUnfollowed
        | FollowRequested
        | FollowRequestRemoved
        | FollowAccepted
    ],
) -> None:
    await record(tx, events)


async def ring_bells(tx: Tx, events: Sequence[PostCreated | BellsLeft]) -> None:
    await bells.ring(tx, events)


async def take_bells_down(tx: Tx, events: Sequence[AccountUnfollowed]) -> None:
    await bells.take_down(tx, {(event.followee_id, event.follower_id) for event in events})


async def tell_poll_ends(tx: Tx, events: Sequence[PollEnded | PollVotersLeft]) -> None:
    await polls.tell_ends(tx, events)


async def remove_about_posts(tx: Tx, events: Sequence[PostDeleted | PostNotificationsLeft]) -> None:
    await removal.remove_about_posts(tx, {event.post_id: event.author_id for event in events})


async def finish_dismissals(tx: Tx, events: Sequence[DismissalLeft]) -> None:
    for event in events:
        await removal.mark_dismissed(
            tx, account_id=event.account_id, object_id=event.object_id, kind=event.kind
        )


async def purge_notifications(tx: Tx, events: Sequence[AccountPurged | NotificationRemnantsLeft]) -> None:
    for account_id in sorted({event.account_id for event in events}):
        await removal.purge_account(tx, account_id=account_id)


async def deliver_notifications(
    services: Services, tx: Tx, events: Sequence[NotificationAdded | NotificationReturned]
) -> None:
    await delivering.tell_groups(services, tx, events)


async def deliver_markers(services: Services, tx: Tx, events: Sequence[NotificationsRead]) -> None:
    await delivering.tell_markers(services, {event.account_id for event in events})
