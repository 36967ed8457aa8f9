"""Rows of `pushes`."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class NewPush:
    account_id: int
    kind: str
    collapse_key: str
    id: int
    open_message: str
    """JSON for devices that show texts."""
    closed_message: str
    ttl_seconds: int
    to_web: bool
    to_mobile: bool


@dataclass(frozen=True, slots=True)
class DuePush:
    account_id: int
    subscription_id: int
    collapse_key: str
    id: int
    message: str
    ttl_seconds: int
    session_id: int
    sealed_target: bytes
    failures: int


async def insert_pushes(tx: Tx, new: Sequence[NewPush]) -> list[int]:
    """One for each device that wants the kind; the accounts that have any.

    Each account and collapse key is in `new` once. One that is on its way is replaced once it is back.
    """
    rows = await tx.fetch(
        """
        INSERT INTO pushes (account_id, subscription_id, collapse_key, id, message, due_at, expires_at)
        SELECT s.account_id, s.id, n.collapse_key, n.id,
            CASE WHEN s.shows_text THEN n.open_message ELSE n.closed_message END::jsonb,
            GREATEST(clock_timestamp(), s.retry_at), clock_timestamp() + make_interval(secs => n.ttl_seconds)
        FROM unnest(
            $1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::int[],
            $8::bool[], $9::bool[]
        ) AS n (
            account_id, kind, collapse_key, id, open_message, closed_message, ttl_seconds, to_web, to_mobile
        )
        JOIN push_subscriptions s ON s.account_id = n.account_id
            AND (s.alerts IS NULL OR n.kind = ANY(s.alerts))
            AND CASE s.service WHEN 'web' THEN n.to_web ELSE n.to_mobile END
        ORDER BY s.account_id, s.id, n.collapse_key
        ON CONFLICT (account_id, subscription_id, collapse_key) DO UPDATE SET id = EXCLUDED.id,
            message = EXCLUDED.message, due_at = GREATEST(pushes.due_at, EXCLUDED.due_at),
            expires_at = EXCLUDED.expires_at
        RETURNING account_id
        """,
        [each.account_id for each in new],
        [each.kind for each in new],
        [each.collapse_key for each in new],
        [each.id for each in new],
        [each.open_message for each in new],
        [each.closed_message for each in new],
        [each.ttl_seconds for each in new],
        [each.to_web for each in new],
        [each.to_mobile for each in new],
    )
    return sorted({row["account_id"] for row in rows})


async def claim_due(
    tx: Tx, *, limit: int, lease_seconds: float, busy_ids: Sequence[int], looked_at: int
) -> list[DuePush]:
    """The one due longest of each device, but for those that are busy, among the `looked_at` due longest.

    They are due again after the lease, for whoever finds them then. Two workers claim none twice.
    """
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT account_id, subscription_id, collapse_key, due_at FROM pushes
            WHERE due_at <= now() AND subscription_id <> ALL($3::bigint[]) ORDER BY due_at LIMIT $4
        ), first AS (
            SELECT DISTINCT ON (account_id, subscription_id) account_id, subscription_id, collapse_key, due_at
            FROM due ORDER BY account_id, subscription_id, due_at
        ), mine AS (
            SELECT p.account_id, p.subscription_id, p.collapse_key
            FROM (SELECT account_id, subscription_id, collapse_key FROM first ORDER BY due_at LIMIT $1) AS f
            JOIN pushes p ON p.account_id = f.account_id AND p.subscription_id = f.subscription_id
                AND p.collapse_key = f.collapse_key
            WHERE p.due_at <= now() FOR UPDATE OF p SKIP LOCKED
        ), claimed AS (
            UPDATE pushes p SET due_at = clock_timestamp() + make_interval(secs => $2) FROM mine
            WHERE p.account_id = mine.account_id AND p.subscription_id = mine.subscription_id
                AND p.collapse_key = mine.collapse_key
            RETURNING p.account_id, p.subscription_id, p.collapse_key, p.id, p.message::text AS message,
                extract(epoch FROM p.expires_at - clock_timestamp())::int AS ttl_seconds
        )
        SELECT c.account_id, c.subscription_id, c.collapse_key, c.id, c.message, c.ttl_seconds,
            s.session_id, s.sealed_target, s.failures
        FROM claimed c JOIN push_subscriptions s ON s.account_id = c.account_id AND s.id = c.subscription_id
        """,
        limit,
        lease_seconds,
        busy_ids,
        looked_at,
    )
    return [DuePush(**row) for row in rows]


async def delete_push(tx: Tx, push: DuePush) -> bool:
    """False when a newer one has taken its place."""
    status = await tx.execute(
        """
        DELETE FROM pushes
        WHERE account_id = $1 AND subscription_id = $2 AND collapse_key = $3 AND id = $4
        """,
        push.account_id,
        push.subscription_id,
        push.collapse_key,
        push.id,
    )
    return status != "DELETE 0"


async def update_as_due(tx: Tx, push: DuePush) -> bool:
    """The newer one that has taken its place need not wait for the lease; whether there is one."""
    status = await tx.execute(
        """
        UPDATE pushes SET due_at = clock_timestamp()
        WHERE account_id = $1 AND subscription_id = $2 AND collapse_key = $3
        """,
        push.account_id,
        push.subscription_id,
        push.collapse_key,
    )
    return status != "UPDATE 0"


async def update_as_put_off(tx: Tx, *, account_id: int, subscription_id: int) -> None:
    """All that waits for the device, until it is to be tried again."""
    await tx.execute(
        """
        UPDATE pushes p SET due_at = s.retry_at FROM push_subscriptions s
        WHERE s.account_id = $1 AND s.id = $2 AND p.account_id = $1 AND p.subscription_id = $2
        """,
        account_id,
        subscription_id,
    )


async def delete_expired(tx: Tx, *, limit: int) -> int:
    """How many; those of devices that were away for too long."""
    status = await tx.execute(
        """
        DELETE FROM pushes WHERE (account_id, subscription_id, collapse_key) IN (
            SELECT account_id, subscription_id, collapse_key FROM pushes
            WHERE expires_at < now() ORDER BY expires_at LIMIT $1
        )
        """,
        limit,
    )
    return int(status.rpartition(" ")[2])
