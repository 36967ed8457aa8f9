"""Rows of `message_preferences`; whoever has none has what is preset."""

from collections.abc import Sequence

from hubbub.messages.queries.rows import Preferences
from hubbub.platform.db import Tx


async def select_preferences(tx: Tx, account_ids: Sequence[int]) -> dict[int, Preferences]:
    rows = await tx.fetch(
        """
        SELECT account_id, who_may_write, read_receipts
        FROM message_preferences WHERE account_id = ANY($1::bigint[])
        """,
        account_ids,
    )
    stored = {row["account_id"]: Preferences(row["who_may_write"], row["read_receipts"]) for row in rows}
    return {account_id: stored.get(account_id, Preferences()) for account_id in account_ids}


async def upsert_preferences(tx: Tx, *, account_id: int, preferences: Preferences) -> None:
    await tx.execute(
        """
        INSERT INTO message_preferences (account_id, who_may_write, read_receipts) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE
        SET who_may_write = excluded.who_may_write, read_receipts = excluded.read_receipts
        """,
        account_id,
        preferences.who_may_write,
        preferences.has_receipts,
    )
