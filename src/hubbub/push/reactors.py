"""What the worker does about pushes: plan them, send them, and forget devices of sessions that have ended."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from hubbub.accounts import AccountPurged
from hubbub.identity import SessionRevoked
from hubbub.platform.db import Database, Tx
from hubbub.platform.outbox import Periodic, Reactions
from hubbub.platform.services import Services
from hubbub.push.events import PushesPlanned
from hubbub.push.mails import GROUP_REST, mail_digests
from hubbub.push.parts import PushServices
from hubbub.push.queries import mails, pushes, subscriptions
from hubbub.push.telling.messages import tell_of_messages
from hubbub.push.telling.notifications import tell_of_notifications

LOOK_SECONDS = 2.0
CLEAN_SECONDS = 3600.0
DIGEST_SECONDS = 600.0
BATCH = 500


def register(reactions: Reactions, services: Services) -> None:
    sender = services.part(PushServices).sender

    async def begin_to_send(tx: Tx, events: Sequence[PushesPlanned]) -> None:
        sender.wake()

    async def look(db: Database) -> None:
        """For those that are to be tried again, and those of a worker that has died."""
        sender.wake()

    reactions.on("push", begin_to_send)
    reactions.on("push", partial(tell_of_notifications, services))
    reactions.on("push", partial(tell_of_messages, services))
    reactions.on("deliver", forget_devices)
    reactions.on("record", purge_devices)
    reactions.every(Periodic("look for pushes that are due", LOOK_SECONDS, look))
    reactions.every(Periodic("mail digests", DIGEST_SECONDS, partial(mail_digests, services)))
    reactions.every(Periodic("forget old pushes and mails", CLEAN_SECONDS, clean_up))


async def forget_devices(tx: Tx, events: Sequence[SessionRevoked]) -> None:
    """With all that waits for them. Sending asks for itself whether a session is live."""
    await subscriptions.delete_of_sessions(tx, sorted({(e.account_id, e.session_id) for e in events}))


async def purge_devices(tx: Tx, events: Sequence[AccountPurged]) -> None:
    account_ids = sorted({event.account_id for event in events})
    await subscriptions.delete_of_accounts(tx, account_ids)
    await mails.delete_of_accounts(tx, account_ids)


async def clean_up(db: Database) -> None:
    before = datetime.now(UTC) - GROUP_REST
    for delete in (
        partial(pushes.delete_expired, limit=BATCH),
        partial(mails.delete_old_event_mails, before=before, limit=BATCH),
    ):
        while await db.write(delete) >= BATCH:
            pass
