"""What a measurement needs: Hubbub and the baseline on the same engines, with one population in both."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from benchmarks.hello import BEHIND_FRONT
from benchmarks.hubbub_target import HubbubTarget
from benchmarks.population import PASSWORD, Population, Summary, load, notify_of_likes
from benchmarks.processes import Hello, Hubbub, running_hello, running_hubbub
from benchmarks.targets import Target
from benchmarks.tutorial import (
    Engines,
    Style,
    TutorialUnavailable,
    copy_people,
    create_database,
    hash_password,
    install,
    running_tutorial,
)
from hubbub.bench import Ground, Person

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

Progress = Callable[[str, int, int], None]
POSTS = 5_000
MIX_READERS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    accounts: int = 60_000
    posts_per_account: float = 5.0
    seed: int = 1
    mix_readers: int = MIX_READERS
    readers_each: int = 8


@dataclass(slots=True, kw_only=True)
class Stage:
    hubbub: Hubbub
    hello: Hello
    database: Connection
    targets: list[Target]
    """Hubbub first, then the baseline that asks the database for each page; alone without Node.js."""
    pushing: Target | None
    """The baseline that pushes to each follower's list and keeps counts in rows."""
    summary: Summary
    size: Size
    posts: Sequence[int]
    """Public ones that both have, newest first."""
    accounts: Sequence[int]
    """Public ones who write."""
    conditions: dict[str, str]
    _people: dict[tuple[str, str], list[Person]] = field(default_factory=dict)

    @property
    def everyone(self) -> list[Target]:
        return [*self.targets, *([self.pushing] if self.pushing else [])]

    async def people(self, target: Target, kind: str, ids: Sequence[int]) -> list[Person]:
        """These accounts, signed in at the target once."""
        known = self._people.get((target.name, kind))
        if known is None:
            known = self._people[target.name, kind] = await target.sign_in(ids)
        return known

    async def readers(self, target: Target, follows: int) -> list[Person]:
        """Who follow exactly so many."""
        ids = [person.id for person in self.summary.readers[follows]]
        return await self.people(target, f"readers of {follows}", ids)

    async def crowd(self, target: Target) -> list[Person]:
        """Ordinary people, for the mixes."""
        ids = [person.id for person in self.summary.active[: self.size.mix_readers]]
        return await self.people(target, "crowd", ids)

    async def ground(self, target: Target) -> Ground:
        return Ground(readers=await self.crowd(target), accounts=self.accounts, posts=self.posts)


@asynccontextmanager
async def open_stage(size: Size, progress: Progress, *, with_baseline: bool = True) -> AsyncIterator[Stage]:
    """Start everything, load the population and copy it into the baseline; all is gone afterwards."""
    async with AsyncExitStack() as stack:
        packages, missing = None, ""
        if with_baseline:
            try:
                packages = install()
            except TutorialUnavailable as error:
                missing = str(error)
        hubbub = stack.enter_context(running_hubbub())
        plan = Population(
            accounts=size.accounts,
            posts_per_account=size.posts_per_account,
            readers_each=size.readers_each,
            seed=size.seed,
        )
        summary = await load(hubbub.urls.database_url, plan, progress=progress)
        database = await asyncpg.connect(hubbub.urls.database_url)
        stack.push_async_callback(database.close)
        await notify_of_likes(database, [person.id for person in summary.active[: size.mix_readers]])
        conditions = {"durability": await _durability(database), "data": _data(summary, size)}
        ours = HubbubTarget(hubbub, password=PASSWORD)
        stack.push_async_callback(ours.aclose)
        await ours.settle()
        targets: list[Target] = [ours]
        pushing: Target | None = None
        if packages is not None:
            progress("copying into the baseline", 0, 1)
            url = await create_database(hubbub.urls.database_url)
            await copy_people(
                hubbub.urls.database_url,
                url,
                password_hash=hash_password(packages, PASSWORD),
                avatars=hubbub.urls.api_url,
            )
            progress("copying into the baseline", 1, 1)
            engines = Engines(
                hubbub.urls.database_url,
                hubbub.urls.valkey_url,
                hubbub.pids["postgres"],
                hubbub.pids["valkey"],
            )
            for style in (Style(), Style(feed="fanout", counts="counters")):
                targets.append(
                    stack.enter_context(running_tutorial(packages, engines, password=PASSWORD, style=style))
                )
            pushing = targets.pop()
            versions = packages.versions()
            conditions["baseline"] = ", ".join(f"{name} {version}" for name, version in versions.items())
        elif with_baseline:
            conditions["baseline"] = f"none: {missing}"
        yield Stage(
            hubbub=hubbub,
            hello=stack.enter_context(running_hello(BEHIND_FRONT)),
            database=database,
            targets=targets,
            pushing=pushing,
            summary=summary,
            size=size,
            posts=await _posts(database),
            accounts=await _accounts(database, summary, size.seed),
            conditions=conditions,
        )


async def _posts(database: Connection) -> list[int]:
    rows = await database.fetch(
        """
        SELECT p.id FROM posts p JOIN accounts a ON a.id = p.author_id
        WHERE p.parent_id IS NULL AND p.repost_of IS NULL AND p.deleted_at IS NULL AND p.visibility = 0
              AND NOT a.is_private AND a.state = 'active'
        ORDER BY p.id DESC LIMIT $1
        """,
        POSTS,
    )
    return [row["id"] for row in rows]


async def _accounts(database: Connection, summary: Summary, seed: int) -> list[int]:
    ids = [person.id for person in summary.active]
    rows = await database.fetch(
        "SELECT id FROM accounts WHERE id = ANY($1) AND NOT is_private ORDER BY id", ids
    )
    public = [row["id"] for row in rows]
    Random(seed).shuffle(public)
    return public


async def _durability(database: Connection) -> str:
    names = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    return ", ".join([f"{name}={await database.fetchval(f'SHOW {name}')}" for name in names])


def _data(summary: Summary, size: Size) -> str:
    rows = summary.rows
    return (
        f"{size.accounts:,} accounts, {rows.get('follows', 0):,} follows, {rows.get('posts', 0):,} posts, "
        f"{rows.get('reactions', 0):,} reactions, seed {size.seed}; loaded in {summary.seconds:.0f} s"
    )
