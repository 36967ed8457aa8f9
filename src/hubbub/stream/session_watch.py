"""Cuts streams whose session has ended, whose account is suspended, or whose token has run out.

The end of a session is heard at once. While it might not be heard, PostgreSQL is asked every few seconds
about all open streams, in one statement for thousands; those that nobody can vouch for are cut. One timer
serves all.
"""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from itertools import islice

from hubbub.identity import SessionStates
from hubbub.platform.db import DatabaseUnavailable
from hubbub.stream.closing import CloseCode
from hubbub.stream.server_frames import SessionState, frame
from hubbub.stream.streams import Stream

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
# Between questions to PostgreSQL while ends of sessions may go unheard: with the time that it takes to notice
# this, and to be answered, it makes less than five seconds.
DEAF_SECONDS = 2.5
# And while they are heard: for what a process cut off from Valkey could not tell.
CALM_SECONDS = 15.0
# How long a stream may live in doubt.
DOUBT_SECONDS = 3.0
WARN_SECONDS = 60.0
CHUNK = 5_000


class SessionWatch:
    def __init__(self, states: SessionStates) -> None:
        self._states = states
        self._by_session: dict[int, tuple[Stream, ...]] = {}
        self._doubted: dict[Stream, float] = {}
        self._asked: dict[Stream, float] = {}
        self._all_asked_at = 0.0
        self._asking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        states.watch(self)

    def add(self, stream: Stream) -> None:
        """From now on it is cut when its session ends; at once if that has been heard already."""
        self._by_session[stream.session_id] = (*self._by_session.get(stream.session_id, ()), stream)
        self._set_due(stream)
        known = self._states.peek(stream.session_id)
        if known is None:
            self._doubt(stream)
        elif known.standing != "live":
            stream.close(_code(known.standing))
        if self._timer is None:
            self._all_asked_at = time.monotonic()
            self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def remove(self, stream: Stream) -> None:
        rest = tuple(each for each in self._by_session.get(stream.session_id, ()) if each is not stream)
        if rest:
            self._by_session[stream.session_id] = rest
        else:
            self._by_session.pop(stream.session_id, None)
        self._doubted.pop(stream, None)
        self._asked.pop(stream, None)

    def renew(self, stream: Stream, *, session_id: int, expires_at: int) -> None:
        """The stream belongs to this session from now on."""
        self.remove(stream)
        stream.session_id = session_id
        stream.expires_at = expires_at
        self.add(stream)

    # What is heard of sessions

    def have_ended(self, session_ids: Sequence[int]) -> None:
        for session_id in session_ids:
            self._cut(session_id, CloseCode.SESSION_ENDED)

    def have_changed(self, session_ids: Sequence[int]) -> None:
        for session_id in session_ids:
            for stream in self._by_session.get(session_id, ()):
                self._doubt(stream)

    def may_have_missed(self) -> None:
        self._doubt_all()

    # The sweep

    def _sweep(self) -> None:
        now = time.time()
        for stream in [each for each in self._all() if each.due_at <= now]:
            self._act_on(stream, now)
        self._sweep_sessions(time.monotonic())
        self._timer = None
        if self._by_session:
            self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _act_on(self, stream: Stream, now: float) -> None:
        if stream.expires_at <= now:
            stream.close(CloseCode.TOKEN_EXPIRED)
            return
        stream.due_at = stream.expires_at
        left = max(round(stream.expires_at - now), 0)
        stream.send(frame("session", SessionState(state="expiring", expires_in=left)))

    def _sweep_sessions(self, now: float) -> None:
        doubted = {**self._doubted, **self._asked}
        for stream in [each for each, since in doubted.items() if now - since > DOUBT_SECONDS]:
            stream.close(CloseCode.RESTART)
        interval = CALM_SECONDS if self._states.is_listening else DEAF_SECONDS
        if now - self._all_asked_at >= interval:
            self._doubt_all()
        elif self._doubted:
            self._ask()

    def _doubt(self, stream: Stream) -> None:
        self._doubted.setdefault(stream, time.monotonic())
        self._ask()

    def _doubt_all(self) -> None:
        self._all_asked_at = now = time.monotonic()
        for stream in self._all():
            self._doubted.setdefault(stream, now)
        self._ask()

    def _ask(self) -> None:
        if self._doubted and self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._ask_about_doubted())
            self._asking.add_done_callback(self._ended_asking)

    async def _ask_about_doubted(self) -> None:
        """Until none is left that was not asked about, or PostgreSQL does not answer."""
        while self._doubted:
            self._asked = dict(islice(self._doubted.items(), CHUNK))
            for stream in self._asked:
                del self._doubted[stream]
            try:
                asked = [(each.account_id, each.session_id) for each in self._asked]
                ended = await self._states.find_ended(asked)
            except DatabaseUnavailable as error:
                log.warning("sessions of streams not looked up: %s", error)
                return
            self._asked = {}
            for session_id, standing in ended.items():
                self._cut(session_id, _code(standing))

    def _ended_asking(self, task: "asyncio.Task[None]") -> None:
        self._asking = None
        self._doubted |= self._asked
        self._asked = {}
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("looking up the sessions of streams failed", exc_info=error)

    def _cut(self, session_id: int, code: CloseCode) -> None:
        for stream in self._by_session.get(session_id, ()):
            stream.close(code)

    def _all(self) -> Iterator[Stream]:
        for streams in self._by_session.values():
            yield from streams

    def _set_due(self, stream: Stream) -> None:
        left = stream.expires_at - time.time()
        stream.due_at = stream.expires_at - min(WARN_SECONDS, max(left, 0.0) / 2)


def _code(standing: str) -> CloseCode:
    return CloseCode.SUSPENDED if standing == "suspended" else CloseCode.SESSION_ENDED
