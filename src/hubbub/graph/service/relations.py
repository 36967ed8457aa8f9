from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from hubbub.accounts import AccountNotFound
from hubbub.graph import queries
from hubbub.platform.db import Tx
from hubbub.visibility import load_facts, may_see_account

MuteScope = Literal["all", "posts", "reposts"]


@dataclass(frozen=True, slots=True)
class Relationship:
    """Of one account to another. Whether the other blocks is never part of it."""

    account_id: int
    following: bool = False
    followed_by: bool = False
    requested: bool = False
    requested_by: bool = False
    blocking: bool = False
    mute_scope: MuteScope | None = None
    mute_expires_at: datetime | None = None


async def load_relationships(
    tx: Tx, *, viewer_id: int, account_ids: Iterable[int]
) -> dict[int, Relationship]:
    """One statement however many; an account that does not exist is like a stranger."""
    wanted = list(dict.fromkeys(account_ids))
    if not wanted or viewer_id == 0:
        return {account_id: Relationship(account_id) for account_id in wanted}
    rows = await queries.select_relations(tx, viewer_id=viewer_id, account_ids=wanted, at=datetime.now(UTC))
    return _read(rows, wanted)


async def load_relationship_and_outgoing(
    tx: Tx, *, viewer_id: int, account_id: int, at_most: int
) -> tuple[Relationship, int]:
    """And how much the viewer follows and has asked to follow, counted up to a bound."""
    rows, outgoing = await queries.select_relations_and_outgoing(
        tx, viewer_id=viewer_id, account_id=account_id, at=datetime.now(UTC), at_most=at_most
    )
    return _read(rows, [account_id])[account_id], outgoing


def _read(rows: Iterable[queries.RelationRow], wanted: Iterable[int]) -> dict[int, Relationship]:
    found: dict[int, dict[str, Any]] = {account_id: {} for account_id in wanted}
    for row in rows:
        if row.kind == "muting":
            found[row.account_id] |= {"mute_scope": row.scope, "mute_expires_at": row.expires_at}
        else:
            found[row.account_id][row.kind] = True
    return {account_id: Relationship(account_id, **known) for account_id, known in found.items()}


async def load_relationship(tx: Tx, *, viewer_id: int, account_id: int) -> Relationship:
    found = await load_relationships(tx, viewer_id=viewer_id, account_ids=[account_id])
    return found[account_id]


async def relationship_after_removal(
    tx: Tx, *, viewer_id: int, account_id: int, has_removed: bool
) -> Relationship:
    """The answer to taking something back, which is done towards hidden accounts too.

    Raises AccountNotFound for who is missing or hidden when there was nothing to take back.
    """
    if not has_removed:
        facts = await load_facts(tx, viewer_id=viewer_id, account_ids=[account_id])
        if not may_see_account(facts, account_id):
            raise AccountNotFound(str(account_id))
    return await load_relationship(tx, viewer_id=viewer_id, account_id=account_id)
