from datetime import UTC, datetime, timedelta

from hubbub.graph import queries
from hubbub.graph.events import AccountMuted, AccountUnmuted
from hubbub.graph.service.locks import lock_other, lock_pairs
from hubbub.graph.service.relations import (
    MuteScope,
    Relationship,
    load_relationship,
    relationship_after_removal,
)
from hubbub.platform.db import Tx, note_change
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce


async def mute_account(
    tx: Tx, *, muter_id: int, muted_id: int, scope: MuteScope = "all", duration: timedelta | None = None
) -> Relationship:
    """Leave the other out of feeds, for good or a while; the last call counts.

    Raises NotYourself, AccountNotFound.
    """
    await lock_other(tx, account_id=muter_id, other_id=muted_id)
    expires_at = None if duration is None else datetime.now(UTC) + duration
    await queries.upsert_mute(
        tx, muter_id=muter_id, muted_id=muted_id, id_=new_id(), scope=scope, expires_at=expires_at
    )
    await announce(tx, AccountMuted(muter_id=muter_id, muted_id=muted_id))
    note_change("relations", muter_id)
    return await load_relationship(tx, viewer_id=muter_id, account_id=muted_id)


async def unmute_account(tx: Tx, *, muter_id: int, muted_id: int) -> Relationship:
    """May be repeated. Raises AccountNotFound."""
    await lock_pairs(tx, [(muter_id, muted_id)])
    has_removed = await queries.delete_mute(tx, muter_id=muter_id, muted_id=muted_id)
    if has_removed:
        await announce(tx, AccountUnmuted(muter_id=muter_id, muted_id=muted_id))
        note_change("relations", muter_id)
    return await relationship_after_removal(
        tx, viewer_id=muter_id, account_id=muted_id, has_removed=has_removed
    )
