from collections.abc import Sequence

from hubbub.platform.db import Tx
from hubbub.stream.schemas import ShownTo, StreamPreferences


async def select_preferences(tx: Tx, account_id: int) -> StreamPreferences:
    row = await tx.fetchrow(
        "SELECT presence, typing FROM stream_preferences WHERE account_id = $1", account_id
    )
    return StreamPreferences(**row) if row else StreamPreferences()


async def select_shown_to(tx: Tx, account_ids: Sequence[int]) -> dict[int, ShownTo]:
    """To whom each shows their presence, where they have said so."""
    rows = await tx.fetch(
        "SELECT account_id, presence FROM stream_preferences WHERE account_id = ANY($1)", account_ids
    )
    return {row["account_id"]: row["presence"] for row in rows}


async def upsert_preferences(
    tx: Tx, *, account_id: int, presence: ShownTo | None, typing: bool | None
) -> StreamPreferences:
    """None leaves it as it is."""
    row = await tx.fetchrow(
        """
        INSERT INTO stream_preferences AS p (account_id, presence, typing)
        VALUES ($1, COALESCE($2, 'followed'), COALESCE($3, true))
        ON CONFLICT (account_id) DO UPDATE
        SET presence = COALESCE($2, p.presence), typing = COALESCE($3, p.typing)
        RETURNING presence, typing
        """,
        account_id,
        presence,
        typing,
    )
    assert row is not None  # noqa: S101 - an upsert returns its row
    return StreamPreferences(**row)


async def delete_preferences(tx: Tx, account_ids: Sequence[int]) -> None:
    await tx.execute("DELETE FROM stream_preferences WHERE account_id = ANY($1)", account_ids)
