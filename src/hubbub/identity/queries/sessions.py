from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hubbub.platform.db import Tx


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What decides whether a request of this session is answered."""

    is_live: bool
    state: str
    role: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: int
    name: str
    user_agent: str
    ip: str
    last_used_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshRow:
    generation: int
    refresh_hash: bytes
    previous_hash: bytes | None
    seconds_since_rotation: float
    is_live: bool
    state: str


async def select_session_facts(tx: Tx, *, account_id: int, session_id: int) -> SessionFacts | None:
    row = await tx.fetchrow(
        """
        SELECT s.revoked_at IS NULL AND s.expires_at > now() AS is_live, a.state, a.role
        FROM sessions s JOIN accounts a ON a.id = s.account_id
        WHERE s.account_id = $1 AND s.id = $2
        """,
        account_id,
        session_id,
    )
    return SessionFacts(**row) if row else None


async def select_ended_sessions(tx: Tx, sessions: Sequence[tuple[int, int]]) -> dict[int, SessionFacts]:
    """By id, of these (account_id, id), those that no request of would be answered."""
    rows = await tx.fetch(
        """
        SELECT asked.id, COALESCE(s.revoked_at IS NULL AND s.expires_at > now(), false) AS is_live,
            COALESCE(a.state, '') AS state, COALESCE(a.role, '') AS role
        FROM unnest($1::bigint[], $2::bigint[]) AS asked (account_id, id)
        LEFT JOIN sessions s ON s.account_id = asked.account_id AND s.id = asked.id
        LEFT JOIN accounts a ON a.id = asked.account_id
        WHERE s.revoked_at IS NOT NULL OR COALESCE(s.expires_at <= now(), true)
            OR COALESCE(a.state <> 'active', true)
        """,
        [account_id for account_id, _ in sessions],
        [session_id for _, session_id in sessions],
    )
    return {row["id"]: SessionFacts(row["is_live"], row["state"], row["role"]) for row in rows}


async def insert_session(
    tx: Tx,
    *,
    account_id: int,
    session_id: int,
    device: tuple[str, str, str],
    refresh_hash: bytes,
    ttl_days: int,
) -> None:
    """`device` is name, user agent and address."""
    await tx.execute(
        """
        INSERT INTO sessions (account_id, id, name, user_agent, ip, refresh_hash,
            authenticated_at, last_used_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, now(), now(), now() + make_interval(days => $7))
        """,
        account_id,
        session_id,
        *device,
        refresh_hash,
        ttl_days,
    )


async def update_oldest_revoked(tx: Tx, *, account_id: int, kept: int) -> list[int]:
    """End the session used longest ago when there are more than `kept`."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET revoked_at = now(), revoked_reason = 'too_many'
        WHERE account_id = $1
            AND id = (
                SELECT id FROM sessions
                WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()
                ORDER BY last_used_at, id LIMIT 1
            )
            AND $2 < (
                SELECT count(*) FROM sessions
                WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()
            )
        RETURNING id
        """,
        account_id,
        kept,
    )
    return [row["id"] for row in rows]


async def select_session_for_refresh(tx: Tx, *, account_id: int, session_id: int) -> RefreshRow | None:
    """The row, held until the transaction ends, so that racing refreshes come one after another."""
    row = await tx.fetchrow(
        """
        SELECT s.generation, s.refresh_hash, s.previous_hash,
            COALESCE(extract(epoch FROM clock_timestamp() - s.rotated_at), 0)::float8
                AS seconds_since_rotation,
            s.revoked_at IS NULL AND s.expires_at > now() AS is_live, a.state
        FROM sessions s JOIN accounts a ON a.id = s.account_id
        WHERE s.account_id = $1 AND s.id = $2
        FOR UPDATE OF s
        """,
        account_id,
        session_id,
    )
    return RefreshRow(**row) if row else None


async def update_session_rotated(
    tx: Tx, *, account_id: int, session_id: int, refresh_hash: bytes, device: tuple[str, str], ttl_days: int
) -> None:
    """`device` is user agent and address, as last seen."""
    await tx.execute(
        """
        UPDATE sessions SET previous_hash = refresh_hash, refresh_hash = $3, generation = generation + 1,
            user_agent = $4, ip = $5, rotated_at = clock_timestamp(), last_used_at = now(),
            expires_at = now() + make_interval(days => $6)
        WHERE account_id = $1 AND id = $2
        """,
        account_id,
        session_id,
        refresh_hash,
        *device,
        ttl_days,
    )


async def update_sessions_revoked(
    tx: Tx, *, account_id: int, session_ids: Sequence[int], reason: str
) -> list[int]:
    """Ids of those that were live."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET revoked_at = now(), revoked_reason = $3
        WHERE account_id = $1 AND id = ANY($2::bigint[]) AND revoked_at IS NULL
        RETURNING id
        """,
        account_id,
        session_ids,
        reason,
    )
    return [row["id"] for row in rows]


async def update_other_sessions_revoked(
    tx: Tx, *, account_id: int, kept_session_id: int, reason: str
) -> list[int]:
    """Ids of those that were live; `kept_session_id` 0 keeps none."""
    rows = await tx.fetch(
        """
        UPDATE sessions SET revoked_at = now(), revoked_reason = $3
        WHERE account_id = $1 AND id <> $2 AND revoked_at IS NULL
        RETURNING id
        """,
        account_id,
        kept_session_id,
        reason,
    )
    return [row["id"] for row in rows]


async def update_session_name(tx: Tx, *, account_id: int, session_id: int, name: str) -> SessionRow | None:
    row = await tx.fetchrow(
        """
        UPDATE sessions SET name = $3
        WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > now()
        RETURNING id, name, user_agent, ip, last_used_at
        """,
        account_id,
        session_id,
        name,
    )
    return SessionRow(**row) if row else None


async def update_authenticated_at(tx: Tx, *, account_id: int, session_id: int) -> None:
    await tx.execute(
        "UPDATE sessions SET authenticated_at = now() WHERE account_id = $1 AND id = $2",
        account_id,
        session_id,
    )


async def select_has_authenticated_since(tx: Tx, *, account_id: int, session_id: int, seconds: float) -> bool:
    found = await tx.fetchval(
        """
        SELECT authenticated_at > now() - make_interval(secs => $3)
        FROM sessions WHERE account_id = $1 AND id = $2
        """,
        account_id,
        session_id,
        seconds,
    )
    return bool(found)


async def select_sessions(
    tx: Tx, *, account_id: int, position: int, limit: int, is_back: bool
) -> list[SessionRow]:
    """Live sessions, newest first; going back, oldest first."""
    rows = await tx.fetch(
        """
        (SELECT id, name, user_agent, ip, last_used_at FROM sessions
        WHERE NOT $4 AND account_id = $1 AND id < $2 AND revoked_at IS NULL AND expires_at > now()
        ORDER BY id DESC LIMIT $3)
        UNION ALL
        (SELECT id, name, user_agent, ip, last_used_at FROM sessions
        WHERE $4 AND account_id = $1 AND id > $2 AND revoked_at IS NULL AND expires_at > now()
        ORDER BY id ASC LIMIT $3)
        """,
        account_id,
        position,
        limit,
        is_back,
    )
    return [SessionRow(**row) for row in rows]


async def select_live_session_ids(tx: Tx, *, account_id: int) -> list[int]:
    rows = await tx.fetch(
        "SELECT id FROM sessions WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()",
        account_id,
    )
    return [row["id"] for row in rows]


async def select_live_sessions(tx: Tx, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the pairs of account and session that would be let in now."""
    rows = await tx.fetch(
        """
        SELECT s.account_id, s.id
        FROM unnest($1::bigint[], $2::bigint[]) AS asked (account_id, id)
        JOIN sessions s ON s.account_id = asked.account_id AND s.id = asked.id
        JOIN accounts a ON a.id = s.account_id
        WHERE s.revoked_at IS NULL AND s.expires_at > now() AND a.state = 'active'
        """,
        [account_id for account_id, _ in pairs],
        [session_id for _, session_id in pairs],
    )
    return {(row["account_id"], row["id"]) for row in rows}


async def delete_old_sessions(tx: Tx, *, kept_days: int, limit: int) -> int:
    """Forget sessions that ended long ago; how many."""
    status = await tx.execute(
        """
        DELETE FROM sessions WHERE (account_id, id) IN (
            SELECT account_id, id FROM sessions
            WHERE COALESCE(revoked_at, expires_at) < now() - make_interval(days => $1)
            LIMIT $2
        )
        """,
        kept_days,
        limit,
    )
    return int(status.rpartition(" ")[2])
