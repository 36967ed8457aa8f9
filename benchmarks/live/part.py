"""The part `live` of the proof: one step after another on one system, each within a deadline of its own."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmarks.calls import WrongAnswer, ask_with
from benchmarks.hubbub_target import HubbubTarget
from benchmarks.live import baseline, broadcast, idle, slow, topics
from benchmarks.live.children import Child, python, running
from benchmarks.live.crowd import Crowd
from benchmarks.live.notifiers import Notifier, OurNotifier, their_notifier
from benchmarks.live.probes import Pair, Probes, pairs_of
from benchmarks.live.usage import Spent, resident_bytes
from benchmarks.loads import Loads, together
from benchmarks.scene import Connection
from benchmarks.stage import Stage
from benchmarks.tutorial import TutorialTarget, install
from hubbub.bench import Call, Client, Person
from hubbub.bench.workloads import MIX

STEP_SECONDS = 240.0
STEPS = (
    "alone",
    "idle",
    "held",
    "storm",
    "latency_idle",
    "latency_busy",
    "w5",
    "broadcast",
    "topic",
    "slow",
    "baseline",
)
NEEDED = ("idle",)
"""It opens the sockets."""
LATENCY_LEVEL = 0.7
HELD_LEVEL = 0.5
AUTHORS = 100
SETTLE_SECONDS = 2.0
NOTE = "Note {}: the tide is out, and the boats lie on the sand until the evening."
BUSY_DELAY_SECONDS = 1.0
Step = Callable[[str], None]
ProbeCall = Callable[[Pair], Call]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSizes:
    steps: tuple[str, ...] = ()
    """Only these; those that `NEEDED` names always."""
    sockets: int = 10_000
    idle_seconds: float = 26.0
    """A round of pings."""
    storms: int = 2
    probes_per_second: float = 20.0
    probe_seconds: float = 8.0
    w5_seconds: float = 10.0
    w5_per_second: float = 1_000.0
    broadcast_sockets: int = 4_000
    broadcasts: int = 5
    rounds: int = 5
    held_rounds: int = 2
    slow_seconds: float = 5.0
    slow_rounds: int = 2
    beside: baseline.Sizes = field(default_factory=baseline.Sizes)


QUICK = LiveSizes(
    sockets=400,
    idle_seconds=3.0,
    storms=1,
    probe_seconds=1.5,
    w5_seconds=1.5,
    w5_per_second=300.0,
    broadcast_sockets=200,
    broadcasts=2,
    rounds=2,
    held_rounds=1,
    slow_seconds=3.0,
    slow_rounds=1,
    beside=baseline.Sizes(authors=50, seconds=1.0, made=150, made_per_second=300.0, rounds=1),
)


async def measure(stage: Stage, loads: Loads, sizes: LiveSizes, step: Step) -> dict[str, Any]:
    """What each step found; `failed` says why some found nothing."""
    async with AsyncExitStack() as stack:
        live = await Live.prepare(stage, loads, sizes, step, stack)
        for name, work in live.steps().items():
            if not sizes.steps or name in (*sizes.steps, *NEEDED):
                await live.run(name, work)
        return live.told


@dataclass(slots=True, kw_only=True)
class Live:
    stage: Stage
    loads: Loads
    sizes: LiveSizes
    step: Step
    ours: HubbubTarget
    tellers: tuple[Child, Child]
    crowd: Crowd
    authors: int
    """The first of the crowd, whose posts `pairs` are about."""
    pairs: Iterator[Pair]
    compared: Sequence[tuple[int, int]]
    """Further authors, each with a post, to compare with the baseline."""
    peak: float = 0.0
    told: dict[str, Any] = field(default_factory=lambda: {"failed": {}})

    @classmethod
    async def prepare(
        cls, stage: Stage, loads: Loads, sizes: LiveSizes, step: Step, stack: AsyncExitStack
    ) -> "Live":
        ours = stage.targets[0]
        assert isinstance(ours, HubbubTarget)
        step(f"{sizes.sockets:,} people sign in")
        wanted = sizes.beside.authors
        posts = await posts_by_many(stage.database, AUTHORS + wanted)
        first, compared = posts[:-wanted], posts[-wanted:]
        rows = await stage.database.fetch(
            "SELECT id FROM accounts WHERE state = 'active' AND NOT id = ANY($1) ORDER BY id LIMIT $2",
            [author_id for author_id, _ in posts],
            sizes.sockets - len(first),
        )
        ids = [*(author_id for author_id, _ in first), *(row["id"] for row in rows)]
        hubbub = stage.hubbub
        command = python("benchmarks.live.teller", str(hubbub.data_dir), str(hubbub.port))
        tellers = [await stack.enter_async_context(running(command)) for _ in range(2)]
        crowd = Crowd(await stage.people(ours, "sockets", ids), ours.stream)
        stack.push_async_callback(crowd.drop)
        return cls(
            stage=stage,
            loads=loads,
            sizes=sizes,
            step=step,
            ours=ours,
            tellers=(tellers[0][0], tellers[1][0]),
            crowd=crowd,
            authors=len(first),
            pairs=pairs_of(first, await stage.crowd(ours), await taken(stage.database, first)),
            compared=compared,
        )

    def steps(self) -> dict[str, Callable[[], Awaitable[Any]]]:
        return {name: getattr(self, f"_{name}") for name in STEPS}

    async def run(self, name: str, work: Callable[[], Awaitable[Any]]) -> None:
        """A step that fails leaves the others alone; sockets that it lost are opened again."""
        self.step(name)
        try:
            async with asyncio.timeout(STEP_SECONDS):
                self.told[name] = await work()
                if name not in ("alone", "baseline"):
                    await self.crowd.open()
        except Exception as error:
            self.told["failed"][name] = f"{type(error).__name__}: {error}"
            self.step(f"{name} failed: {self.told['failed'][name][:100]}")

    async def _alone(self) -> dict[str, Any]:
        """W1 at half load before there is any socket."""
        self.peak = await self.loads.peak(self.ours, MIX)
        return {"peak": round(self.peak, 1), **await self._at_half()}

    async def _held(self) -> dict[str, Any]:
        if not self.peak:
            self.peak = await self.loads.peak(self.ours, MIX)
        found = await self._at_half()
        return {"sockets": self.crowd.ready, "lost": dict(self.crowd.ends), **found}

    async def _at_half(self) -> dict[str, Any]:
        runs = [
            await self.loads.open(self.ours, MIX, HELD_LEVEL * self.peak, seed=number)
            for number in range(self.sizes.held_rounds)
        ]
        return {"rate": round(HELD_LEVEL * self.peak, 1), "w1": together(runs)}

    async def _idle(self) -> dict[str, Any]:
        return await idle.costs(self.stage.hubbub, self.crowd, seconds=self.sizes.idle_seconds)

    async def _storm(self) -> dict[str, Any]:
        seconds, failures, used = [], [], Counter[str]()
        for _ in range(self.sizes.storms):
            await self.crowd.drop()
            spent = Spent(self.stage.hubbub.pids)
            opened = await self.crowd.open(at_once=len(self.crowd.members))
            used.update(spent.seconds())
            seconds.append(round(opened.seconds, 2))
            failures.append(dict(opened.failures))
        opened_count = len(self.crowd.members) * self.sizes.storms
        return {
            "sockets": len(self.crowd.members),
            "seconds": seconds,
            "failures": failures,
            "cpu_us": {role: round(1e6 * value / opened_count, 1) for role, value in used.items()},
        }

    async def _latency_idle(self) -> dict[str, Any]:
        return await self._latencies()

    async def _latency_busy(self) -> dict[str, Any]:
        if not self.peak:
            self.peak = await self.loads.peak(self.ours, MIX)
        rate = LATENCY_LEVEL * self.peak
        runs, found = [], {}
        for kind, frame_type, prepare in self._kinds():
            make = await self._ready(kind, prepare)
            if make is None:
                continue
            # The probes begin when the load is warm.
            load, seen = await asyncio.gather(
                self.loads.open(self.ours, MIX, rate, seconds=self.sizes.probe_seconds),
                self._latency(kind, frame_type, make, delay=BUSY_DELAY_SECONDS),
            )
            runs.append(load)
            found[kind] = seen
            await self.ours.settle()
        return {"rate": round(rate, 1), "w1": together(runs), **found}

    async def _latencies(self) -> dict[str, Any]:
        found = {}
        for kind, frame_type, prepare in self._kinds():
            make = await self._ready(kind, prepare)
            if make is not None:
                found[kind] = await self._latency(kind, frame_type, make)
                await self.ours.settle()
        return found

    async def _ready(self, kind: str, prepare: Callable[[], Awaitable[ProbeCall]]) -> ProbeCall | None:
        try:
            return await prepare()
        except WrongAnswer as error:
            self.told["failed"][f"frames of a {kind}"] = str(error)
            return None

    def _kinds(self) -> list[tuple[str, str, Callable[[], Awaitable[ProbeCall]]]]:
        return [
            ("like", "notification", self._like),
            ("comment", "notification", self._comment),
            ("message", "message", self._message),
        ]

    async def _latency(
        self, kind: str, frame_type: str, make: ProbeCall, *, delay: float = 0.0
    ) -> dict[str, Any]:
        self.step(f"until the frame of a {kind}")
        await asyncio.sleep(delay)
        probes = Probes(self.ours.base_url, self.crowd, self.pairs, frame_type=frame_type)
        seen = await probes.run(
            make, rate=self.sizes.probes_per_second, seconds=self.sizes.probe_seconds - delay
        )
        return seen.as_json()

    async def _like(self) -> ProbeCall:
        return lambda pair: self.ours.request("like", pair.actor, subject=pair.post_id)

    async def _comment(self) -> ProbeCall:
        return lambda pair: self.ours.request(
            "comment", pair.actor, subject=pair.post_id, text=NOTE.format(pair.post_id)
        )

    async def _message(self) -> ProbeCall:
        """The author and one of the actors have a conversation, in which the latter writes."""
        partners = await self.stage.crowd(self.ours)
        talks: dict[int, tuple[str, Person]] = {}
        async with Client(self.ours.base_url, 8) as client:
            for number, member in enumerate(self.crowd.members[: self.authors]):
                partner = partners[number % len(partners)]
                if partner.id == member.person.id:
                    partner = partners[(number + 1) % len(partners)]
                talks[member.person.id] = (await self._talk(client, member.person, partner), partner)

        def make(pair: Pair) -> Call:
            talk, partner = talks[pair.author_id]
            body = {"text": NOTE.format(pair.actor.id)}
            return self.ours.call(partner, "POST", f"/v1/conversations/{talk}/messages", body)

        return make

    async def _talk(self, client: Client, author: Person, partner: Person) -> str:
        body = {"account_id": str(partner.id)}
        answer = await ask_with(client, self.ours.call(author, "POST", "/v1/conversations", body))
        talk = str(answer.json["id"])
        path = f"/v1/conversations/{talk}/messages"
        await ask_with(client, self.ours.call(author, "POST", path, {"text": "Hello"}))
        await client.ask(self.ours.call(partner, "POST", f"/v1/conversations/{talk}/accept"))
        return talk

    async def _w5(self) -> dict[str, Any]:
        return await broadcast.steadily(
            self.stage.hubbub,
            self.tellers[0],
            self.crowd,
            per_second=self.sizes.w5_per_second,
            seconds=self.sizes.w5_seconds,
        )

    async def _broadcast(self) -> dict[str, Any]:
        sizes = self.sizes
        return await broadcast.compare(
            self.stage.hubbub,
            self.tellers[0],
            self.crowd,
            sockets=sizes.broadcast_sockets,
            rounds=sizes.rounds,
            each=sizes.broadcasts,
        )

    async def _topic(self) -> dict[str, Any]:
        actors = (await self.stage.crowd(self.ours))[: self.sizes.rounds]
        members = self.crowd.members[: self.sizes.broadcast_sockets]
        return await topics.costs(self.ours, members, actors, post_id=self.stage.posts[0])

    async def _slow(self) -> dict[str, Any]:
        return await slow.compare(
            self.stage.hubbub,
            self.tellers,
            self.crowd,
            seconds=self.sizes.slow_seconds,
            rounds=self.sizes.slow_rounds,
        )

    async def _baseline(self) -> dict[str, Any]:
        """The one that keeps counts in rows is compared with, as for other writes."""
        await self.crowd.drop()
        sizes = self.sizes.beside
        async with AsyncExitStack() as stack:
            sides = [await self._side(stack, self.ours, OurNotifier(self.tellers[0]))]
            theirs = self.stage.pushing
            if isinstance(theirs, TutorialTarget):
                notifier = await stack.enter_async_context(their_notifier(install(), theirs))
                sides.append(await self._side(stack, theirs, notifier))
            return await baseline.compare(sides, sizes, self.step)

    async def _side(
        self, stack: AsyncExitStack, target: HubbubTarget | TutorialTarget, notifier: Notifier
    ) -> baseline.Side:
        posts = self.compared
        authors = await target.sign_in([author_id for author_id, _ in posts])
        actors = await self.stage.crowd(target)
        pairs = pairs_of(posts, actors, await taken(self.stage.database, posts))
        crowd = Crowd(authors, target.stream)
        stack.push_async_callback(crowd.drop)
        pids = target.pids()
        before = {role: resident_bytes(pid) for role, pid in pids.items()}
        await crowd.open()
        await asyncio.sleep(SETTLE_SECONDS)
        grown = {role: resident_bytes(pid) - before[role] for role, pid in pids.items()}
        return baseline.Side(
            target=target,
            crowd=crowd,
            pairs=pairs,
            notifier=notifier,
            socket_bytes={role: round(size / len(authors)) for role, size in grown.items()},
        )


async def posts_by_many(database: Connection, count: int) -> list[tuple[int, int]]:
    """Authors and a public post of each."""
    rows = await database.fetch(
        """
        SELECT p.author_id, max(p.id) AS id
        FROM posts p JOIN accounts a ON a.id = p.author_id
        WHERE p.parent_id IS NULL AND p.repost_of IS NULL AND p.deleted_at IS NULL AND p.visibility = 0
              AND p.reply_policy = 0 AND NOT a.is_private AND a.state = 'active'
        GROUP BY p.author_id ORDER BY p.author_id LIMIT $1
        """,
        count,
    )
    return [(row["author_id"], row["id"]) for row in rows]


async def taken(database: Connection, posts: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Posts and accounts that have reacted to them already."""
    rows = await database.fetch(
        "SELECT post_id, account_id FROM reactions WHERE post_id = ANY($1)", [post_id for _, post_id in posts]
    )
    return {(row["post_id"], row["account_id"]) for row in rows}
