"""Markers, preferences, muted threads, bells and notices of one account."""

from collections.abc import Sequence

from hubbub.platform.db import Tx


async def upsert_marker(tx: Tx, *, account_id: int, up_to: int) -> bool:
    """Move the marker forward; False when it stands there or further already."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO notification_markers (account_id, read_up_to) VALUES ($1, $2)
            ON CONFLICT (account_id) DO UPDATE SET read_up_to = excluded.read_up_to
            WHERE notification_markers.read_up_to < excluded.read_up_to
            RETURNING true
            """,
            account_id,
            up_to,
        )
    )


async def select_marker(tx: Tx, account_id: int) -> int:
    """0 while nothing was ever read."""
    found: int | None = await tx.fetchval(
        "SELECT read_up_to FROM notification_markers WHERE account_id = $1", account_id
    )
    return found or 0


async def select_preferences(tx: Tx, account_ids: Sequence[int]) -> dict[int, str]:
    """Of those who have some."""
    rows = await tx.fetch(
        "SELECT account_id, body::text AS body FROM notification_preferences WHERE account_id = ANY($1)",
        account_ids,
    )
    return {row["account_id"]: row["body"] for row in rows}


async def upsert_preferences(tx: Tx, *, account_id: int, body: str) -> None:
    await tx.execute(
        """
        INSERT INTO notification_preferences (account_id, body) VALUES ($1, $2::jsonb)
        ON CONFLICT (account_id) DO UPDATE SET body = excluded.body
        """,
        account_id,
        body,
    )


async def insert_muted_thread(tx: Tx, *, account_id: int, root_id: int) -> None:
    await tx.execute(
        """
        INSERT INTO muted_threads (account_id, root_id) VALUES ($1, $2)
        ON CONFLICT (account_id, root_id) DO NOTHING
        """,
        account_id,
        root_id,
    )


async def delete_muted_thread(tx: Tx, *, account_id: int, root_id: int) -> bool:
    status = await tx.execute(
        "DELETE FROM muted_threads WHERE account_id = $1 AND root_id = $2", account_id, root_id
    )
    return status == "DELETE 1"


async def insert_bell(tx: Tx, *, author_id: int, account_id: int) -> None:
    await tx.execute(
        """
        INSERT INTO bells (author_id, account_id) VALUES ($1, $2)
        ON CONFLICT (author_id, account_id) DO NOTHING
        """,
        author_id,
        account_id,
    )


async def insert_notice(tx: Tx, *, account_id: int, id_: int, text: str) -> None:
    await tx.execute("INSERT INTO notices (account_id, id, text) VALUES ($1, $2, $3)", account_id, id_, text)
