"""Thousands of sockets in this process, each with somebody who listens."""

import asyncio
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from hubbub.bench import Ended, Person, Unreachable, Upgrade, WebSocket, connect

OPENING_AT_ONCE = 500
READY_SECONDS = 60.0
RETRY_SECONDS = (0.1, 1.0)
SOURCES = 8
"""Own addresses 127.0.0.2 and so on, so that ports do not run out while old ones are still held back."""
SPARE_DESCRIPTORS = 500
READY = b'"type":"ready"'
_CODE = re.compile(rb'"code":"([a-z_]+)"')
_EVENT_ID = re.compile(rb'\{"id":"([0-9-]+)"')

Make = Callable[[Person, str], Upgrade]
"""How somebody asks for their stream, and from which event on."""
Sink = Callable[["Member", bytes], None]


class NotOpen(Exception):
    """Not all sockets that are to be measured could be opened."""


class Member:
    """One socket, and what its owner last heard."""

    __slots__ = ("_newest", "crowd", "is_ready", "number", "person", "socket")

    def __init__(self, crowd: "Crowd", number: int, person: Person) -> None:
        self.crowd = crowd
        self.number = number
        self.person = person
        self.socket: WebSocket | None = None
        self.is_ready = False
        self._newest = b""

    @property
    def newest_id(self) -> str:
        found = _EVENT_ID.match(self._newest)
        return found[1].decode() if found else ""

    def opened(self) -> None:
        pass

    def heard(self, text: bytes) -> None:
        if text.startswith(b'{"id":'):
            self._newest = text
        if self.is_ready:
            self.crowd.frames += 1
            if self.crowd.sink is not None:
                self.crowd.sink(self, text)
        elif READY in text[:64]:
            if not self._newest:
                self._newest = text
            self.crowd.is_ready(self)

    def ended(self, why: Ended) -> None:
        self.crowd.has_ended(self, why)


@dataclass(slots=True)
class Opened:
    """What it took until everybody was ready."""

    sockets: int
    seconds: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
    """Attempts that failed, and were repeated."""


class Crowd:
    """Opens, keeps and cuts sockets of people; counts the frames that come."""

    def __init__(self, people: Sequence[Person], make: Make, *, seed: int = 1) -> None:
        self.members = [Member(self, number, person) for number, person in enumerate(people)]
        self.frames = 0
        self.sink: Sink | None = None
        self.ends: Counter[str] = Counter()
        """Of sockets that were ready and are not any more, and nobody asked."""
        self._make = make
        self._random = Random(seed)
        self._opened = Opened(0)
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._is_closing = False

    @property
    def ready(self) -> int:
        return sum(member.is_ready for member in self.members)

    async def open(
        self,
        members: Sequence[Member] | None = None,
        *,
        at_once: int = OPENING_AT_ONCE,
        seconds: float = READY_SECONDS,
    ) -> Opened:
        """Everybody of these who is not, until all are ready. Raises NotOpen."""
        allow_descriptors(len(self.members))
        self._is_closing = False
        wanted = [each for each in (members or self.members) if not each.is_ready]
        self._opened = Opened(len(wanted))
        started = time.perf_counter()
        gate = asyncio.Semaphore(at_once)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(self._open(member, gate) for member in wanted))
        except TimeoutError:
            missing = sum(not each.is_ready for each in wanted)
            failures = dict(self._opened.failures.most_common(3))
            raise NotOpen(f"{missing} of {len(wanted)} sockets did not open: {failures}") from None
        self._opened.seconds = time.perf_counter() - started
        return self._opened

    async def drop(self) -> None:
        """Cut all at once, as a network or a restarted proxy does."""
        self._is_closing = True
        for member in self.members:
            if member.socket is not None:
                member.socket.abort()
        async with asyncio.timeout(READY_SECONDS):
            while any(member.socket is not None for member in self.members):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def until_heard(self, frames: int, *, seconds: float) -> bool:
        """Whether so many frames have come in all, within the time."""
        ends_at = time.perf_counter() + seconds
        while self.frames < frames:
            if time.perf_counter() > ends_at:
                return False
            await asyncio.sleep(0.002)
        return True

    def is_ready(self, member: Member) -> None:
        member.is_ready = True
        waiting = self._waiting.get(member.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def has_ended(self, member: Member, why: Ended) -> None:
        member.socket = None
        if member.is_ready and not self._is_closing:
            self.ends[_told(why)] += 1
        member.is_ready = False
        waiting = self._waiting.get(member.number)
        if waiting is not None and not waiting.done():
            waiting.set_exception(Unreachable(_told(why)))

    async def _open(self, member: Member, gate: asyncio.Semaphore) -> None:
        while not member.is_ready:
            async with gate:
                try:
                    await self._try(member)
                    return
                except Unreachable as error:
                    self._opened.failures[str(error)] += 1
            await asyncio.sleep(self._random.uniform(*RETRY_SECONDS))

    async def _try(self, member: Member) -> None:
        waiting = self._waiting[member.number] = asyncio.get_running_loop().create_future()
        upgrade = self._make(member.person, member.newest_id)
        try:
            member.socket = await connect(upgrade, member, source=f"127.0.0.{2 + member.number % SOURCES}")
            await waiting
        finally:
            if waiting.done() and not waiting.cancelled():
                waiting.exception()
            del self._waiting[member.number]


def _told(why: Ended) -> str:
    if why.status:
        code = _CODE.search(why.body)
        return f"HTTP {why.status} {code[1].decode() if code else ''}".strip()
    return f"{why.code} {why.reason}".strip()


def allow_descriptors(sockets: int) -> None:
    """Raises NotOpen where this process may not hold so many."""
    wanted = sockets + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise NotOpen(f"{sockets} sockets need {wanted} open files, and {hard} are allowed (ulimit -n)")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def turns(members: Sequence[Member]) -> Iterator[Member]:
    """One after the other, for ever."""
    while True:
        yield from members
