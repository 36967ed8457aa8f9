"""What the stream does when others announce, in the worker."""

from collections.abc import Sequence

from hubbub.accounts import AccountPurged
from hubbub.platform.db import Tx
from hubbub.platform.outbox import Reactions
from hubbub.platform.services import Services
from hubbub.stream import queries


def register(reactions: Reactions, services: Services) -> None:
    reactions.on("record", purge_preferences)


async def purge_preferences(tx: Tx, events: Sequence[AccountPurged]) -> None:
    await queries.delete_preferences(tx, sorted({event.account_id for event in events}))
