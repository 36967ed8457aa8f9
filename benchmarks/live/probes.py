"""Does something by REST and waits for its frame: how soon somebody who is connected knows."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.live.crowd import Crowd, Member
from benchmarks.urgency import urgent
from hubbub.bench import Call, Client, Histogram, Person, Refused, due_times

FRAME_SECONDS = 2.0
"""What takes longer is missing."""
CONNECTIONS = 16
HEAD_BYTES = 120


@dataclass(frozen=True, slots=True)
class Pair:
    """Somebody does something about what somebody else wrote."""

    author_id: int
    post_id: int
    actor: Person


Make = Callable[[Pair], Call]


@dataclass(slots=True)
class Seen:
    """Of the frames that came; from the moment the request was due, and from its answer."""

    sent: int = 0
    missing: int = 0
    refused: str = ""
    since_sent: Histogram = field(default_factory=Histogram)
    since_answer: Histogram = field(default_factory=Histogram)

    def add(self, other: "Seen") -> None:
        self.sent += other.sent
        self.missing += other.missing
        self.refused = self.refused or other.refused
        self.since_sent.merge(other.since_sent)
        self.since_answer.merge(other.since_answer)

    def as_json(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "seen": self.since_sent.count,
            "missing": self.missing,
            "refused": self.refused,
            "since_sent_ms": in_ms(self.since_sent),
            "since_answer_ms": in_ms(self.since_answer),
        }


def in_ms(found: Histogram) -> dict[str, float]:
    if not found.count:
        return {}
    told = {f"p{percent:g}": round(found.percentile(percent) * 1000, 2) for percent in (50, 99)}
    return {**told, "max": round(found.highest / 1000, 2)}


class _Wait:
    __slots__ = ("answered_at", "frame_at", "is_here")

    def __init__(self) -> None:
        self.answered_at = 0.0
        self.frame_at = 0.0
        self.is_here: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Probes:
    """One at a time for each author, so that the next frame of its kind is the one that is waited for."""

    def __init__(self, base_url: str, crowd: Crowd, pairs: Iterator[Pair], *, frame_type: str) -> None:
        self._base_url = base_url
        self._crowd = crowd
        self._pairs = pairs
        self._type = b'"type":"%b"' % frame_type.encode()
        self._waits: dict[int, _Wait] = {}
        self._postponed: deque[Pair] = deque()

    async def run(self, make: Make, *, rate: float, seconds: float, seed: int = 1) -> Seen:
        seen = Seen()
        tasks: set[asyncio.Task[None]] = set()
        self._crowd.sink = self._hear
        try:
            async with Client(self._base_url, CONNECTIONS) as client:
                with urgent():
                    started = time.perf_counter()
                    for due in due_times(rate, seconds, seed=seed):
                        await asyncio.sleep(max(0.0, started + due - time.perf_counter()))
                        pair = self._free_pair()
                        if pair is not None:
                            tasks.add(asyncio.ensure_future(self._probe(client, make(pair), pair, seen)))
                    if tasks:
                        await asyncio.wait(tasks, timeout=2 * FRAME_SECONDS)
        finally:
            self._crowd.sink = None
            for task in tasks:
                task.cancel()
        return seen

    def _free_pair(self) -> Pair | None:
        """The first whose author waits for nothing."""
        for _ in range(len(self._postponed)):
            pair = self._postponed.popleft()
            if pair.author_id not in self._waits:
                return pair
            self._postponed.append(pair)
        for pair in self._pairs:
            if pair.author_id not in self._waits:
                return pair
            self._postponed.append(pair)
            if len(self._postponed) > len(self._waits):
                break
        return None

    async def _probe(self, client: Client, call: Call, pair: Pair, seen: Seen) -> None:
        wait = self._waits[pair.author_id] = _Wait()
        seen.sent += 1
        sent_at = time.perf_counter()
        try:
            answer = await client.ask(call)
            wait.answered_at = time.perf_counter()
            if answer.status >= 400:
                seen.refused = seen.refused or f"{call.path}: {answer.status} {answer.body[:200]!r}"
                return
            async with asyncio.timeout(FRAME_SECONDS):
                await wait.is_here
            seen.since_sent.add(wait.frame_at - sent_at)
            seen.since_answer.add(max(0.0, wait.frame_at - wait.answered_at))
        except TimeoutError:
            seen.missing += 1
        except Refused as error:
            seen.refused = seen.refused or str(error)
        finally:
            del self._waits[pair.author_id]

    def _hear(self, member: Member, text: bytes) -> None:
        wait = self._waits.get(member.person.id)
        if wait is not None and self._type in text[:HEAD_BYTES] and not wait.is_here.done():
            wait.frame_at = time.perf_counter()
            wait.is_here.set_result(None)


def pairs_of(
    posts: Sequence[tuple[int, int]], actors: Sequence[Person], taken: set[tuple[int, int]]
) -> Iterator[Pair]:
    """Each author's post with each actor once, authors in turn; not those in `taken` (post, actor)."""
    for turn in range(len(actors)):
        for number, (author_id, post_id) in enumerate(posts):
            actor = actors[(number + turn) % len(actors)]
            if actor.id != author_id and (post_id, actor.id) not in taken:
                yield Pair(author_id, post_id, actor)
