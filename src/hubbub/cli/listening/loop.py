"""Keeps a stream open: shows what comes, connects again when it breaks, goes on where it was."""

import asyncio
import json
import random
from collections.abc import Sequence
from typing import Any, Protocol

from hubbub.bench import Ended, Refused, Unreachable, WebSocket, by_token, connect
from hubbub.bench.mix import header
from hubbub.cli.listening.account import Account, SignedOut, explain
from hubbub.cli.listening.deeds import Deeds

SILENT_SECONDS = 45.0
"""Then the other side is asked whether it is there, and after as long again it is not."""
LONGEST_PAUSE_SECONDS = 30.0
FAREWELL_SECONDS = 2.0
TOKEN_ENDED = 4001
WHY = {
    1001: "the server is going away",
    1006: "the connection was lost",
    1012: "the server restarts",
    4001: "the access token has ended",
    4003: "the account is suspended",
    4008: "this terminal reads too slowly",
    4010: "the session has ended: log in again",
    4029: "too many frames were sent",
    4400: "frames that are none were sent",
}
FOR_GOOD = (4003, 4010)
AWAY = (1001, 1012)
AWAY_SECONDS = (2.0, 8.0)
"""After which a server that stopped may be back; all of its clients at once would be too many."""


class Screen(Protocol):
    def show(self, raw: bytes, type_: str, data: Any) -> None:
        """One event."""
        ...

    def say(self, text: str) -> None:
        """What becomes of the connection."""
        ...


class Listening:
    def __init__(
        self, account: Account, screen: Screen, *, topics: Sequence[str] = (), since: str = "", count: int = 0
    ) -> None:
        """`count` is after how many events it stops; 0 for never."""
        self.deeds = Deeds(account)
        self.done = asyncio.Event()
        self._account = account
        self._screen = screen
        self._topics = list(topics)
        self._position = since
        self._left = count
        self._failures = 0
        self._heard_at = 0.0
        self._socket: WebSocket | None = None
        self._over: asyncio.Future[Ended] | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until `done`. Raises Refused when the server will not have us, Unreachable when none is there."""
        stop = asyncio.ensure_future(self.done.wait())
        try:
            while not self.done.is_set():
                why = await self._listen(stop)
                if not self.done.is_set():
                    await self._pause(why, stop)
        finally:
            stop.cancel()
            if self._renewing is not None:
                self._renewing.cancel()

    def send(self, text: str) -> None:
        if self._socket is None or not self._socket.is_open:
            raise Refused("not connected")
        self._socket.send(text.encode())

    # What the socket calls.

    def opened(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def heard(self, text: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        try:
            frame = json.loads(text)
            type_, data, id_ = str(frame["type"]), frame.get("data"), frame.get("id")
        except (ValueError, KeyError, TypeError, AttributeError):
            self._screen.say("the server sent something that is no frame")
            return
        if id_ and (type_ != "ready" or not self._position):
            self._position = str(id_)
        if not self._is_about_connection(type_, data):
            self._event(text, type_, data)

    def ended(self, why: Ended) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(why)

    def _event(self, text: bytes, type_: str, data: Any) -> None:
        if self.done.is_set():
            return
        self.deeds.notice(type_, data)
        self._screen.show(text, type_, data)
        if self._left:
            self._left -= 1
            if not self._left:
                self.done.set()

    def _is_about_connection(self, type_: str, data: Any) -> bool:
        if type_ == "ready":
            self._failures = 0
            self._screen.say("listening")
            if self._topics:
                self.send(json.dumps({"type": "subscribe", "topics": self._topics}))
        elif type_ == "reset":
            self._screen.say("some events in between are lost: what is shown elsewhere is to be read anew")
        elif type_ == "session" and isinstance(data, dict) and data.get("state") == "expiring":
            self._renewing = asyncio.ensure_future(self._renew())
        elif type_ not in ("pong", "renewed"):
            return False
        return True

    async def _listen(self, stop: "asyncio.Future[Any]") -> Ended:
        """One connection, from its beginning to its end."""
        self._over = asyncio.get_running_loop().create_future()
        upgrade = by_token(self._account.base_url, self._account.token, resume_from=self._position)
        try:
            self._socket = await connect(upgrade, self)
        except Unreachable as error:
            if not self._heard_at:
                raise
            return Ended(1006, str(error))
        await self._wait(self._socket, self._over, stop)
        if not self._over.done():
            self._socket.close()
            await asyncio.wait({self._over}, timeout=FAREWELL_SECONDS)
        return self._over.result() if self._over.done() else Ended(1006)

    async def _wait(
        self, socket: WebSocket, over: "asyncio.Future[Ended]", stop: "asyncio.Future[Any]"
    ) -> None:
        """Until it is over or to be stopped. A side that says nothing is asked, and then given up."""
        loop = asyncio.get_running_loop()
        asked_at = 0.0
        while True:
            done, _ = await asyncio.wait(
                {over, stop}, timeout=SILENT_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if done:
                return
            if loop.time() - self._heard_at < SILENT_SECONDS:
                continue
            if asked_at > self._heard_at or not socket.is_open:
                socket.abort()
            else:
                asked_at = loop.time()
                socket.send(b'{"type":"ping"}')

    async def _pause(self, why: Ended, stop: "asyncio.Future[Any]") -> None:
        """Wait as long as is fair before the next try. Raises Refused when there must be none."""
        if why.status == 401 or why.code == TOKEN_ENDED:
            await self._account.renew()
            return
        told = explain(why.status, why.body) if why.status else WHY.get(why.code, why.reason or str(why.code))
        if why.code in FOR_GOOD or why.status in (400, 403, 404, 426):
            raise Refused(told)
        self._failures += 1
        soonest, latest = AWAY_SECONDS if why.code in AWAY else (0.2, 2.0**self._failures)
        pause = random.uniform(soonest, min(LONGEST_PAUSE_SECONDS, latest))  # noqa: S311 - jitter
        asked = header(why.head, b"retry-after") if why.status else ""
        if asked.isdigit():
            pause += min(int(asked), LONGEST_PAUSE_SECONDS)
        self._screen.say(f"{told}; connecting again in {pause:.1f} s")
        await asyncio.wait({stop}, timeout=pause)

    async def _renew(self) -> None:
        """In place: the stream goes on with the next token."""
        try:
            await self._account.renew()
            self.send(json.dumps({"type": "auth", "token": self._account.token}))
        except (SignedOut, Refused, Unreachable) as error:
            self._screen.say(f"the access token ends soon: {error}")
