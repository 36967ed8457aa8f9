"""Rows of `mail_preferences` and `event_mails`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hubbub.platform.db import Tx

Digest = Literal["off", "daily", "weekly"]


@dataclass(frozen=True, slots=True)
class MailPreferences:
    sends_events: bool = True
    digest: Digest = "off"


async def select_preferences(tx: Tx, *, account_id: int) -> MailPreferences | None:
    row = await tx.fetchrow(
        "SELECT sends_events, digest FROM mail_preferences WHERE account_id = $1", account_id
    )
    return MailPreferences(**row) if row else None


async def select_without_events(tx: Tx, account_ids: Sequence[int]) -> set[int]:
    """Those of the accounts that want no mail about events, whatever the kind."""
    rows = await tx.fetch(
        "SELECT account_id FROM mail_preferences WHERE account_id = ANY($1::bigint[]) AND NOT sends_events",
        account_ids,
    )
    return {row["account_id"] for row in rows}


async def upsert_preferences(
    tx: Tx, preferences: MailPreferences, *, account_id: int, due_at: datetime | None
) -> None:
    """A digest that goes on as often as before stays due when it was."""
    await tx.execute(
        """
        INSERT INTO mail_preferences (account_id, sends_events, digest, digest_due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id) DO UPDATE SET sends_events = EXCLUDED.sends_events, digest = EXCLUDED.digest,
            digest_due_at = CASE WHEN mail_preferences.digest = EXCLUDED.digest
                THEN mail_preferences.digest_due_at ELSE EXCLUDED.digest_due_at END
        """,
        account_id,
        preferences.sends_events,
        preferences.digest,
        due_at,
    )


async def claim_digests(tx: Tx, *, limit: int) -> list[int]:
    """Accounts whose digest is due; the next one is due a day or a week from now."""
    rows = await tx.fetch(
        """
        UPDATE mail_preferences SET digest_due_at = now()
            + CASE WHEN digest = 'daily' THEN interval '1 day' ELSE interval '7 days' END
        WHERE account_id IN (
            SELECT account_id FROM mail_preferences WHERE digest_due_at <= now()
            ORDER BY digest_due_at LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        RETURNING account_id
        """,
        limit,
    )
    return [row["account_id"] for row in rows]


async def claim_event_mails(
    tx: Tx, groups: Sequence[tuple[int, str]], *, at: datetime, since: datetime
) -> set[tuple[int, str]]:
    """Those of the pairs of account and group, each given once, that have not been mailed `since`."""
    rows = await tx.fetch(
        """
        INSERT INTO event_mails (account_id, group_id, mailed_at)
        SELECT g.account_id, g.group_id, $3 FROM unnest($1::bigint[], $2::text[]) AS g (account_id, group_id)
        ORDER BY g.account_id, g.group_id
        ON CONFLICT (account_id, group_id) DO UPDATE SET mailed_at = EXCLUDED.mailed_at
            WHERE event_mails.mailed_at < $4
        RETURNING account_id, group_id
        """,
        [account_id for account_id, _ in groups],
        [group_id for _, group_id in groups],
        at,
        since,
    )
    return {(row["account_id"], row["group_id"]) for row in rows}


async def delete_old_event_mails(tx: Tx, *, before: datetime, limit: int) -> int:
    status = await tx.execute(
        """
        DELETE FROM event_mails WHERE (account_id, group_id) IN (
            SELECT account_id, group_id FROM event_mails WHERE mailed_at < $1 ORDER BY mailed_at LIMIT $2
        )
        """,
        before,
        limit,
    )
    return int(status.rpartition(" ")[2])


async def delete_of_accounts(tx: Tx, account_ids: Sequence[int]) -> None:
    """What they prefer, and what they were mailed."""
    await tx.execute(
        """
        WITH mailed AS (DELETE FROM event_mails WHERE account_id = ANY($1::bigint[]))
        DELETE FROM mail_preferences WHERE account_id = ANY($1::bigint[])
        """,
        account_ids,
    )
