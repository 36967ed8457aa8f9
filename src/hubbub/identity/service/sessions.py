"""Sessions: one for each device that is logged in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hubbub.identity.clients import Client
from hubbub.identity.errors import (
    AccountSuspended,
    InvalidRefreshToken,
    ReauthRequired,
    SessionNotFound,
)
from hubbub.identity.events import RevocationReason, SessionRevoked
from hubbub.identity.parts import Identity
from hubbub.identity.queries import sessions as queries
from hubbub.identity.queries.sessions import RefreshRow, SessionRow
from hubbub.identity.refresh_tokens import RefreshToken
from hubbub.platform.db import Tx
from hubbub.platform.http import Viewer
from hubbub.platform.ids import new_id
from hubbub.platform.outbox import announce
from hubbub.platform.paging import Window
from hubbub.platform.services import Services

MAX_SESSIONS = 100
# A client whose reply was lost, or whose tabs raced, comes back within this long.
GRACE_SECONDS = 30.0
RECENT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class OpenSession:
    account_id: int
    session_id: int
    refresh_token: str


async def open_session(services: Services, tx: Tx, *, account_id: int, client: Client) -> OpenSession:
    """A new session with its first refresh token; the one used longest ago makes room beyond 100."""
    identity = services.part(Identity)
    token = identity.refresh.first(account_id, new_id())
    await queries.insert_session(
        tx,
        account_id=account_id,
        session_id=token.session_id,
        device=(client.name, client.user_agent, client.ip),
        refresh_hash=token.digest,
        ttl_days=services.settings.identity.session_ttl_days,
    )
    await _announce(
        tx,
        account_id,
        await queries.update_oldest_revoked(tx, account_id=account_id, kept=MAX_SESSIONS),
        "too_many",
    )
    return OpenSession(account_id, token.session_id, identity.refresh.write(token))


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of a refresh. A reuse is no exception, so that its revocation is committed."""

    session: OpenSession | None
    ended: Sequence[int] = ()


async def refresh_session(services: Services, tx: Tx, *, token: RefreshToken, client: Client) -> Refreshed:
    """Rotate, or for the previous token within 30 s give the same successor again.

    An older token, or the previous one later on, ends the session. Raises InvalidRefreshToken,
    AccountSuspended.
    """
    row = await queries.select_session_for_refresh(
        tx, account_id=token.account_id, session_id=token.session_id
    )
    _require_usable(row)
    assert row is not None  # noqa: S101 - _require_usable has refused it
    successor = services.part(Identity).refresh.successor(token)
    if token.generation == row.generation and token.digest == row.refresh_hash:
        await queries.update_session_rotated(
            tx,
            account_id=token.account_id,
            session_id=token.session_id,
            refresh_hash=successor.digest,
            device=(client.user_agent, client.ip),
            ttl_days=services.settings.identity.session_ttl_days,
        )
    elif not _is_in_grace(row, token):
        if token.generation >= row.generation:
            raise InvalidRefreshToken("of another history")
        ended = await revoke_sessions(
            tx, account_id=token.account_id, session_ids=[token.session_id], reason="reused"
        )
        return Refreshed(None, ended)
    written = services.part(Identity).refresh.write(successor)
    return Refreshed(OpenSession(token.account_id, token.session_id, written))


async def list_sessions(tx: Tx, *, account_id: int, window: Window) -> list[SessionRow]:
    """Live ones, newest first, as far as the window reaches."""
    return await queries.select_sessions(
        tx,
        account_id=account_id,
        position=window.position,
        limit=window.limit,
        is_back=window.is_back,
    )


async def rename_session(tx: Tx, *, account_id: int, session_id: int, name: str) -> SessionRow:
    """Raises SessionNotFound."""
    row = await queries.update_session_name(tx, account_id=account_id, session_id=session_id, name=name)
    if row is None:
        raise SessionNotFound(str(session_id))
    return row


async def revoke_session(
    tx: Tx, *, account_id: int, session_id: int, reason: Literal["logged_out", "revoked"]
) -> list[int]:
    """Raises SessionNotFound when it is not a live session of the account."""
    ended = await revoke_sessions(tx, account_id=account_id, session_ids=[session_id], reason=reason)
    if not ended:
        raise SessionNotFound(str(session_id))
    return ended


async def revoke_sessions(
    tx: Tx, *, account_id: int, session_ids: Sequence[int], reason: RevocationReason
) -> list[int]:
    """Ids of those that were live. Once committed, hand them to `SessionStates.revoke`."""
    ended = await queries.update_sessions_revoked(
        tx, account_id=account_id, session_ids=session_ids, reason=reason
    )
    await _announce(tx, account_id, ended, reason)
    return ended


async def revoke_all_sessions(
    tx: Tx, *, account_id: int, reason: RevocationReason, kept_session_id: int = 0
) -> list[int]:
    """The same for all of an account, but for one when it is named."""
    ended = await queries.update_other_sessions_revoked(
        tx, account_id=account_id, kept_session_id=kept_session_id, reason=reason
    )
    await _announce(tx, account_id, ended, reason)
    return ended


async def mark_authenticated(tx: Tx, viewer: Viewer) -> None:
    """The person at this session has just proved who they are."""
    await queries.update_authenticated_at(tx, account_id=viewer.id, session_id=viewer.session_id)


async def require_recent_proof(tx: Tx, viewer: Viewer) -> None:
    """Raises ReauthRequired when the last proof is more than 10 minutes old."""
    is_recent = await queries.select_has_authenticated_since(
        tx, account_id=viewer.id, session_id=viewer.session_id, seconds=RECENT_SECONDS
    )
    if not is_recent:
        raise ReauthRequired(str(viewer.session_id))


def _require_usable(row: RefreshRow | None) -> None:
    if row is None or (not row.is_live and row.state != "suspended"):
        raise InvalidRefreshToken("no live session")
    if row.state == "suspended":
        raise AccountSuspended("refresh")
    if row.state != "active":
        raise InvalidRefreshToken(row.state)


def _is_in_grace(row: RefreshRow, token: RefreshToken) -> bool:
    is_previous = token.generation == row.generation - 1 and token.digest == row.previous_hash
    return is_previous and row.seconds_since_rotation <= GRACE_SECONDS


async def _announce(tx: Tx, account_id: int, ended: Sequence[int], reason: RevocationReason) -> None:
    events = [SessionRevoked(account_id=account_id, session_id=id_, reason=reason) for id_ in ended]
    await announce(tx, *events)


async def live_sessions(tx: Tx, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the pairs of account and session that would be let in now. One statement."""
    return await queries.select_live_sessions(tx, pairs)
