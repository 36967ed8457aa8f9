from hubbub.platform.db import Tx


async def select_accounts_to_purge(tx: Tx, *, limit: int) -> list[int]:
    rows = await tx.fetch(
        """
        SELECT id FROM accounts WHERE purge_after <= now() AND state = 'deleting'
        ORDER BY purge_after LIMIT $1
        """,
        limit,
    )
    return [row["id"] for row in rows]


async def delete_credentials(tx: Tx, account_id: int) -> None:
    await tx.execute("DELETE FROM credentials WHERE account_id = $1", account_id)


async def delete_sessions(tx: Tx, account_id: int) -> None:
    await tx.execute("DELETE FROM sessions WHERE account_id = $1", account_id)


async def delete_preferences(tx: Tx, account_id: int) -> None:
    await tx.execute("DELETE FROM preferences WHERE account_id = $1", account_id)


async def select_preferences(tx: Tx, account_id: int) -> str:
    """As JSON; an empty object where nothing was set."""
    body: str | None = await tx.fetchval("SELECT body FROM preferences WHERE account_id = $1", account_id)
    return body or "{}"


async def select_preferences_and_locale(tx: Tx, account_id: int) -> tuple[str, str] | None:
    row = await tx.fetchrow(
        """
        SELECT coalesce(preferences.body, '{}') AS body, accounts.locale
        FROM accounts
        LEFT JOIN preferences ON preferences.account_id = accounts.id
        WHERE accounts.id = $1
        """,
        account_id,
    )
    return None if row is None else (row["body"], row["locale"])


async def upsert_preferences(tx: Tx, *, account_id: int, changes: str) -> str:
    """Merge the changes in and return the whole."""
    body: str = await tx.fetchval(
        """
        INSERT INTO preferences (account_id, body) VALUES ($1, $2::jsonb)
        ON CONFLICT (account_id) DO UPDATE SET body = preferences.body || excluded.body
        RETURNING body
        """,
        account_id,
        changes,
    )
    return body


async def insert_audit(
    tx: Tx, *, id_: int, actor_id: int, action: str, subject_id: int, detail: str = "{}"
) -> None:
    await tx.execute(
        "INSERT INTO audit_log (id, actor_id, action, subject_id, detail) VALUES ($1, $2, $3, $4, $5::jsonb)",
        id_,
        actor_id,
        action,
        subject_id,
        detail,
    )


async def delete_own_audit(tx: Tx, account_id: int) -> None:
    """What an account did to itself; what moderators did, to it or by it, stays."""
    await tx.execute("DELETE FROM audit_log WHERE subject_id = $1 AND actor_id = $1", account_id)
