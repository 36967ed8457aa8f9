"""Whether a session is still good, asked for on every request.

    this process, for a second → Valkey → PostgreSQL, which is the truth

A revoked session is refused everywhere within a second: its key in Valkey is overwritten (and a positive
answer, written only where there is none, cannot overwrite it back), processes are told to forget, and a
key that is lost is looked up in PostgreSQL. A process that may have missed something, because Valkey was
away, believes no positive answer of Valkey until those from before have run out. When neither Valkey nor
PostgreSQL can say, the request is refused with 503.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hubbub.identity.queries import sessions as queries
from hubbub.platform.db import Database
from hubbub.platform.valkey import Subscription, Valkey, ValkeyRefused, ValkeyUnavailable

log = logging.getLogger("hubbub.identity")

Standing = Literal["live", "revoked", "suspended"]
CHANNEL = "sessions"
LOCAL_SECONDS = 1.0
# How long Valkey's "live" may be believed. It bounds what a process that was cut off from Valkey alone
# could still let through, should the outbox not have repeated the revocation by then.
LIVE_MS = 15_000
# After a change PostgreSQL answers for this long, so that a slow reader cannot write back what was before.
ASK_MS = 3_000
MAX_LOCAL = 100_000
CHUNK = 200

# What stands in Valkey. "ask" means: only PostgreSQL knows.
REVOKED = b"revoked"
SUSPENDED = b"suspended"
ASK = b"ask"
LIVE = b"live:"


@dataclass(frozen=True, slots=True)
class SessionState:
    standing: Standing
    role: str = "member"


_REVOKED = SessionState("revoked")
_SUSPENDED = SessionState("suspended")


class Watcher(Protocol):
    """Nothing here waits or raises."""

    def have_ended(self, session_ids: Sequence[int]) -> None: ...

    def have_changed(self, session_ids: Sequence[int]) -> None:
        """Whether these are still live has to be asked."""
        ...

    def may_have_missed(self) -> None:
        """Any of them may have ended unheard."""
        ...


class SessionStates:
    def __init__(self, db: Database, valkey: Valkey, *, access_ttl_seconds: int) -> None:
        self._db = db
        self._valkey = valkey
        self._revoked_ms = (access_ttl_seconds + 60) * 1000
        self._known: OrderedDict[int, tuple[SessionState, float]] = OrderedDict()
        self._loading: dict[int, asyncio.Task[SessionState]] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._distrusts_until = 0.0
        self._subscription: Subscription | None = None
        self._watchers: list[Watcher] = []

    async def start(self) -> None:
        self._subscription = await self._valkey.subscribe(CHANNEL, self._hear, on_gap=self.distrust)

    @property
    def is_listening(self) -> bool:
        """False while sessions may end elsewhere without this process hearing of it."""
        return self._subscription is not None and self._subscription.is_listening

    def watch(self, watcher: "Watcher") -> None:
        """For whoever holds something open for sessions; called for each change, here or elsewhere."""
        self._watchers.append(watcher)

    def peek(self, session_id: int) -> SessionState | None:
        """What is known without asking; never that a session is live after its end was heard."""
        known = self._known.get(session_id)
        return known[0] if known is not None and known[1] > time.monotonic() else None

    async def find_ended(self, sessions: Sequence[tuple[int, int]]) -> dict[int, Standing]:
        """Of these (account_id, session_id) those that PostgreSQL does not call live. One statement.

        Raises DatabaseUnavailable.
        """
        async with self._db.connection() as tx:
            found = await queries.select_ended_sessions(tx, sessions)
        return {id_: _standing(facts) for id_, facts in found.items()}

    async def look_up(self, account_id: int, session_id: int) -> SessionState:
        """Raises DatabaseUnavailable when nobody can say."""
        known = self._known.get(session_id)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        loading = self._loading.get(session_id)
        if loading is None:
            loading = asyncio.create_task(self._load(account_id, session_id))
            self._loading[session_id] = loading
            loading.add_done_callback(lambda task: self._loaded(session_id, task))
        return await asyncio.shield(loading)

    async def revoke(self, session_ids: Sequence[int]) -> None:
        """Spread a revocation that is committed. Without Valkey the outbox repeats it (`revoke_again`)."""
        try:
            await self.revoke_again(session_ids)
        except (ValkeyUnavailable, ValkeyRefused) as error:
            log.warning("revoked sessions not spread yet: %s", error)

    async def revoke_again(self, session_ids: Sequence[int]) -> None:
        """Idempotent. Raises ValkeyUnavailable."""
        self._end(session_ids)
        await self._overwrite(session_ids, REVOKED, self._revoked_ms)

    async def changed(self, session_ids: Sequence[int]) -> None:
        """Spread that the accounts behind these sessions have changed, once that is committed."""
        try:
            await self.ask_again(session_ids)
        except (ValkeyUnavailable, ValkeyRefused) as error:
            log.warning("changed accounts not spread yet: %s", error)

    async def ask_again(self, session_ids: Sequence[int]) -> None:
        """Idempotent. Raises ValkeyUnavailable."""
        self._forget(session_ids)
        await self._overwrite(session_ids, ASK, ASK_MS)

    def distrust(self) -> None:
        """Messages may have been missed: ask PostgreSQL until Valkey's older answers have run out."""
        self._known = OrderedDict(
            (id_, known) for id_, known in self._known.items() if known[0].standing == "revoked"
        )
        self._distrusts_until = time.monotonic() + LIVE_MS / 1000
        for watcher in self._watchers:
            watcher.may_have_missed()

    async def _overwrite(self, session_ids: Sequence[int], value: bytes, ttl_ms: int) -> None:
        for start in range(0, len(session_ids), CHUNK):
            chunk = session_ids[start : start + CHUNK]
            await asyncio.gather(*(self._valkey.set(key_of(id_), value, ttl_ms=ttl_ms) for id_ in chunk))
            message = value.decode() + " " + ",".join(map(str, chunk))
            await self._valkey.publish(CHANNEL, message)

    async def _load(self, account_id: int, session_id: int) -> SessionState:
        started = time.monotonic()
        found, may_store = await self._from_valkey(session_id, started)
        if found is None:
            found = await self._from_database(account_id, session_id)
            if may_store:
                self._store(session_id, found)
        known = self._known.get(session_id)
        if known is not None and known[0].standing == "revoked":
            return known[0]
        self._remember(session_id, found, started + LOCAL_SECONDS - time.monotonic())
        return found

    async def _from_valkey(self, session_id: int, now: float) -> tuple[SessionState | None, bool]:
        """What Valkey says, and whether the truth may be written there."""
        try:
            value = await self._valkey.get(key_of(session_id))
        except (ValkeyUnavailable, ValkeyRefused):
            return None, False
        if value == REVOKED:
            return _REVOKED, False
        if value is None:
            return None, True
        if value == ASK or now < self._distrusts_until:
            return None, False
        return (
            _SUSPENDED if value == SUSPENDED else SessionState("live", value[len(LIVE) :].decode())
        ), False

    async def _from_database(self, account_id: int, session_id: int) -> SessionState:
        async with self._db.connection() as tx:
            facts = await queries.select_session_facts(tx, account_id=account_id, session_id=session_id)
        standing: Standing = _standing(facts) if facts is not None else "revoked"
        return SessionState(standing, facts.role if facts is not None and standing == "live" else "member")

    def _store(self, session_id: int, state: SessionState) -> None:
        """Behind the caller's back: nobody waits for a cache to be filled."""
        task = asyncio.create_task(self._write(session_id, state))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, session_id: int, state: SessionState) -> None:
        value, ttl_ms = LIVE + state.role.encode(), LIVE_MS
        if state.standing == "revoked":
            value, ttl_ms = REVOKED, self._revoked_ms
        elif state.standing == "suspended":
            value = SUSPENDED
        try:
            await self._valkey.set(key_of(session_id), value, ttl_ms=ttl_ms, if_absent=True)
        except (ValkeyUnavailable, ValkeyRefused) as error:
            log.debug("session state not stored: %s", error)

    def _loaded(self, session_id: int, task: asyncio.Task[SessionState]) -> None:
        del self._loading[session_id]
        if not task.cancelled():
            task.exception()

    def _hear(self, message: bytes) -> None:
        what, _, ids = message.partition(b" ")
        session_ids = [int(id_) for id_ in ids.split(b",")]
        if what != REVOKED:
            self._forget(session_ids)
            return
        self._end(session_ids)

    def _end(self, session_ids: Sequence[int]) -> None:
        for session_id in session_ids:
            self._remember(session_id, _REVOKED, self._revoked_ms / 1000)
        for watcher in self._watchers:
            watcher.have_ended(session_ids)

    def _forget(self, session_ids: Sequence[int]) -> None:
        for session_id in session_ids:
            self._known.pop(session_id, None)
        for watcher in self._watchers:
            watcher.have_changed(session_ids)

    def _remember(self, session_id: int, state: SessionState, seconds: float) -> None:
        self._known[session_id] = (state, time.monotonic() + seconds)
        self._known.move_to_end(session_id)
        if len(self._known) > MAX_LOCAL:
            self._known.popitem(last=False)


def _standing(facts: queries.SessionFacts) -> Standing:
    if not facts.is_live:
        return "revoked"
    if facts.state == "suspended":
        return "suspended"
    return "live" if facts.state == "active" else "revoked"


def key_of(session_id: int) -> str:
    return f"session:{session_id}"
