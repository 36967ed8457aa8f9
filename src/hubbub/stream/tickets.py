"""Tickets: a way onto the stream for browsers, which cannot send headers with a WebSocket.

One opens one stream, once, within thirty seconds. Valkey holds what it stands for under its hash.
"""

import hashlib
import re
import secrets
import time

import msgspec

from hubbub.errors import Unauthorized, Unavailable
from hubbub.identity import AccountSuspended, InvalidToken, SessionStates
from hubbub.platform.http import Viewer
from hubbub.platform.valkey import Valkey, ValkeyRefused, ValkeyUnavailable

TICKET_SECONDS = 30
# 256 random bits.
TICKET_LENGTH = 43
_is_ticket = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII).fullmatch


class InvalidTicket(Unauthorized):
    code = "invalid_ticket"
    message = "The ticket was used before, is older than 30 seconds, or never was; ask for a new one."


class _Held(msgspec.Struct, frozen=True, array_like=True):
    account_id: int
    session_id: int
    expires_at: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Held).decode


class Tickets:
    """Takes part in admission as the `TicketOffice`."""

    def __init__(self, valkey: Valkey, states: SessionStates) -> None:
        self._valkey = valkey
        self._states = states

    async def issue(self, viewer: Viewer) -> str:
        """Raises Unavailable."""
        ticket = secrets.token_urlsafe(32)
        held = _Held(viewer.id, viewer.session_id, viewer.expires_at)
        try:
            await self._valkey.set(_key(ticket), _encode(held), ttl_ms=round(TICKET_SECONDS * 1000))
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error
        return ticket

    async def redeem(self, ticket: str) -> Viewer:
        """Who was given it, if their session is still live and their token good. It is good once.

        Raises InvalidTicket, InvalidToken, AccountSuspended, or Unavailable.
        """
        held = await self._take(ticket)
        if held.expires_at <= time.time():
            raise InvalidTicket("its token has expired")
        state = await self._states.look_up(held.account_id, held.session_id)
        if state.standing == "suspended":
            raise AccountSuspended(str(held.account_id))
        if state.standing != "live":
            raise InvalidToken("session ended")
        return Viewer(held.account_id, held.session_id, state.role, held.expires_at)

    async def _take(self, ticket: str) -> _Held:
        if not _is_ticket(ticket):
            raise InvalidTicket("shape")
        try:
            value = await self._valkey.command("GETDEL", _key(ticket))
        except (ValkeyUnavailable, ValkeyRefused) as error:
            raise Unavailable(str(error)) from error
        if value is None:
            raise InvalidTicket("not there")
        try:
            return _decode(value)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InvalidTicket("unreadable") from error


def _key(ticket: str) -> str:
    return f"ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"
