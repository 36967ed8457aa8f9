"""Rows of `push_subscriptions`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hubbub.platform.db import Tx

Service = Literal["web", "fcm", "apns"]


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    id: int
    session_id: int
    service: Service
    sealed_target: bytes
    shows_text: bool
    alerts: Sequence[str] | None
    """Kinds that are pushed to it; None for all."""
    failures: int


async def select_subscriptions(tx: Tx, *, account_id: int) -> list[SubscriptionRow]:
    """All of them, newest first; the service keeps them few."""
    rows = await tx.fetch(
        """
        SELECT id, session_id, service, sealed_target, shows_text, alerts, failures
        FROM push_subscriptions WHERE account_id = $1 ORDER BY id DESC
        """,
        account_id,
    )
    return [SubscriptionRow(**row) for row in rows]


async def select_subscription_for_update(
    tx: Tx, *, account_id: int, subscription_id: int
) -> SubscriptionRow | None:
    row = await tx.fetchrow(
        """
        SELECT id, session_id, service, sealed_target, shows_text, alerts, failures
        FROM push_subscriptions WHERE account_id = $1 AND id = $2 FOR UPDATE
        """,
        account_id,
        subscription_id,
    )
    return SubscriptionRow(**row) if row else None


async def count_other_subscriptions(tx: Tx, *, account_id: int, target_hash: bytes) -> int:
    found: int = await tx.fetchval(
        "SELECT count(*) FROM push_subscriptions WHERE account_id = $1 AND target_hash <> $2",
        account_id,
        target_hash,
    )
    return found


async def upsert_subscription(
    tx: Tx, new: SubscriptionRow, *, account_id: int, target_hash: bytes
) -> SubscriptionRow:
    """A device that is known already keeps its id, and is of the new session from now on."""
    row = await tx.fetchrow(
        """
        INSERT INTO push_subscriptions
            (account_id, id, session_id, service, target_hash, sealed_target, shows_text, alerts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (account_id, target_hash) DO UPDATE SET session_id = EXCLUDED.session_id,
            sealed_target = EXCLUDED.sealed_target, shows_text = EXCLUDED.shows_text,
            alerts = EXCLUDED.alerts, failures = 0, failing_since = NULL, retry_at = '-infinity'
        RETURNING id, session_id, service, sealed_target, shows_text, alerts, failures
        """,
        account_id,
        new.id,
        new.session_id,
        new.service,
        target_hash,
        new.sealed_target,
        new.shows_text,
        new.alerts,
    )
    assert row is not None  # noqa: S101 - either branch returns it
    return SubscriptionRow(**row)


async def update_subscription(tx: Tx, changed: SubscriptionRow, *, account_id: int) -> None:
    await tx.execute(
        "UPDATE push_subscriptions SET shows_text = $3, alerts = $4 WHERE account_id = $1 AND id = $2",
        account_id,
        changed.id,
        changed.shows_text,
        changed.alerts,
    )


async def update_as_working(tx: Tx, *, account_id: int, subscription_id: int) -> None:
    await tx.execute(
        """
        UPDATE push_subscriptions SET failures = 0, failing_since = NULL, retry_at = '-infinity'
        WHERE account_id = $1 AND id = $2
        """,
        account_id,
        subscription_id,
    )


async def update_as_failing(
    tx: Tx, *, account_id: int, subscription_id: int, failures: int, after_seconds: float
) -> None:
    """One more than `failures`; of several pushes that failed at the same time, one counts."""
    await tx.execute(
        """
        UPDATE push_subscriptions SET failures = failures + 1,
            failing_since = COALESCE(failing_since, clock_timestamp()),
            retry_at = clock_timestamp() + make_interval(secs => $4)
        WHERE account_id = $1 AND id = $2 AND failures = $3
        """,
        account_id,
        subscription_id,
        failures,
        after_seconds,
    )


async def delete_if_failing(
    tx: Tx, *, account_id: int, subscription_id: int, least_failures: int, for_seconds: float
) -> bool:
    """Whether it has failed so often, for so long, that it was removed."""
    status = await tx.execute(
        """
        DELETE FROM push_subscriptions WHERE account_id = $1 AND id = $2 AND failures >= $3
            AND failing_since < clock_timestamp() - make_interval(secs => $4)
        """,
        account_id,
        subscription_id,
        least_failures,
        for_seconds,
    )
    return status != "DELETE 0"


async def delete_subscription(tx: Tx, *, account_id: int, subscription_id: int) -> bool:
    status = await tx.execute(
        "DELETE FROM push_subscriptions WHERE account_id = $1 AND id = $2", account_id, subscription_id
    )
    return status != "DELETE 0"


async def delete_of_sessions(tx: Tx, sessions: Sequence[tuple[int, int]]) -> None:
    """`sessions` are pairs of account and session."""
    account_ids, session_ids = [pair[0] for pair in sessions], [pair[1] for pair in sessions]
    await tx.execute(
        """
        DELETE FROM push_subscriptions s USING unnest($1::bigint[], $2::bigint[]) AS ended (account_id, id)
        WHERE s.account_id = ended.account_id AND s.session_id = ended.id
        """,
        account_ids,
        session_ids,
    )


async def delete_of_accounts(tx: Tx, account_ids: Sequence[int]) -> None:
    await tx.execute("DELETE FROM push_subscriptions WHERE account_id = ANY($1::bigint[])", account_ids)
