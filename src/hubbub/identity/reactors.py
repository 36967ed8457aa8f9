"""What the worker does about identities: spread what was committed, mail links, purge what is over."""

from collections.abc import Sequence

from hubbub.accounts import AccountStateChanged
from hubbub.identity.events import PasswordForgotten, SessionRevoked
from hubbub.identity.queries import sessions as queries
from hubbub.identity.service.lifecycle import clean_up, purge_accounts
from hubbub.identity.service.passwords import mail_reset_link
from hubbub.identity.session_states import SessionStates
from hubbub.platform.db import Database, Tx
from hubbub.platform.mail import make_mailer, make_sender
from hubbub.platform.outbox import Periodic, Reactions
from hubbub.platform.services import Services

PURGE_SECONDS = 300.0
CLEAN_SECONDS = 3600.0


def register_reactions(reactions: Reactions, services: Services) -> None:
    """Called by the worker's composition root."""
    settings = services.settings
    states = SessionStates(
        services.db, services.valkey, access_ttl_seconds=settings.identity.access_ttl_seconds
    )

    async def spread_revocations(tx: Tx, events: Sequence[SessionRevoked]) -> None:
        """What the process that revoked could not tell Valkey, this does."""
        await states.revoke_again([event.session_id for event in events])

    async def spread_states(tx: Tx, events: Sequence[AccountStateChanged]) -> None:
        for account_id in {event.account_id for event in events}:
            await states.ask_again(await queries.select_live_session_ids(tx, account_id=account_id))

    async def mail_reset_links(tx: Tx, events: Sequence[PasswordForgotten]) -> None:
        for event in events:
            await mail_reset_link(services, tx, event)

    reactions.on("deliver", spread_revocations)
    reactions.on("deliver", spread_states)
    reactions.on("record", mail_reset_links)
    reactions.on(
        "mail",
        make_sender(make_mailer(settings.mail, settings.data_dir), services.keyring, settings.mail.sender),
    )
    reactions.every(Periodic("purge accounts", PURGE_SECONDS, _purge))
    reactions.every(Periodic("forget ended sessions and links", CLEAN_SECONDS, clean_up))


async def _purge(db: Database) -> None:
    while await purge_accounts(db):
        pass
