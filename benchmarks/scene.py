"""What a measured Hubbub holds: the demo's people and texts, with known readers, writers, discussions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
import msgspec

from benchmarks.driver import request
from benchmarks.processes import Hubbub
from hubbub import demo
from hubbub.app import open_services
from hubbub.cli.connection import connected
from hubbub.demo.words import TONGUES, write_comment
from hubbub.platform.db import Tx
from hubbub.platform.services import Services
from hubbub.posts import Draft, create_post
from hubbub.settings import Settings

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

PASSWORD = "a river runs under the old bridge"  # noqa: S105 - of people who live for three minutes
READERS = WRITERS = 16
DISCUSSIONS = 16
COMMENTS = 20
SETTLE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    people: int = 300
    follows: int = 100
    """Of each reader; the others follow as in the demo."""
    posts_each: int = 20


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    handle: str
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    readers: Sequence[Person]
    """They read, and follow exactly `Size.follows` of the others."""
    writers: Sequence[Person]
    """They write, and no reader follows them: what is read stays the same while others write."""
    others: Sequence[Person]
    post_ids: Sequence[int]
    """Of the others, oldest first."""
    discussed_ids: Sequence[int]
    """Each of these has COMMENTS comments."""


async def prepare(hubbub: Hubbub, database: Connection, size: Size) -> Scene:
    settings = connected(Settings(data_dir=hubbub.data_dir))
    patient = replace(settings.database, deadline_seconds=60.0)
    random = Random(1)
    names = [str(number) for number in range(1, size.people + 1)]
    plan = demo.Plan(
        people=demo.make_people(random, names),
        follows=_follows(random, size),
        password=PASSWORD,
        posts_each=size.posts_each,
        likes=size.people * size.posts_each,
        comments=size.people * size.posts_each // 4,
    )
    async with open_services(replace(settings, database=patient)) as services:
        summary = await demo.fill(services, plan, progress=lambda *_: None)
        discussed = await _discuss(services, random, summary.account_ids)
    people = [
        Person(id_, person.handle) for id_, person in zip(summary.account_ids, plan.people, strict=True)
    ]
    actors = await _log_in(hubbub, people[: READERS + WRITERS])
    await settle(database)
    others = people[READERS + WRITERS :]
    return Scene(
        readers=actors[:READERS],
        writers=actors[READERS:],
        others=others,
        post_ids=await _tidy_posts(database, [person.id for person in others]),
        discussed_ids=discussed,
    )


def _follows(random: Random, size: Size) -> list[tuple[int, int]]:
    others = range(READERS + WRITERS, size.people)
    made = [pair for pair in demo.make_follows(random, size.people) if pair[0] >= READERS]
    return made + [
        (reader, followee)
        for reader in range(READERS)
        for followee in random.sample(others, min(size.follows, len(others)))
    ]


async def _discuss(services: Services, random: Random, account_ids: Sequence[int]) -> list[int]:
    """Posts by those at the end of the list, with comments by as many."""
    authors = account_ids[READERS + WRITERS :]

    async def write(author_id: int, tx: Tx) -> int:
        root = await create_post(tx, author_id=author_id, draft=Draft(text="What do you think?"))
        for number in range(COMMENTS):
            text = write_comment(random, TONGUES[0])
            draft = Draft(text=text, reply_to=root.id)
            await create_post(tx, author_id=authors[number % len(authors)], draft=draft)
        return root.id

    return [await services.db.write(partial(write, author_id)) for author_id in authors[-DISCUSSIONS:]]


async def _log_in(hubbub: Hubbub, people: Sequence[Person]) -> list[Person]:
    return [replace(person, token=await _token(hubbub.port, person.handle)) for person in people]


async def _token(port: int, handle: str) -> str:
    body = msgspec.json.encode({"login": handle, "password": PASSWORD})
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("POST", "/v1/auth/login", body=body))
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    answer = msgspec.json.decode(await reader.readexactly(length))
    writer.close()
    token: str = answer["access_token"]
    return token


async def _tidy_posts(database: Connection, account_ids: Sequence[int]) -> list[int]:
    """Their posts, after what autovacuum would do sooner or later."""
    await database.execute("VACUUM (ANALYZE)")
    rows = await database.fetch(
        "SELECT id FROM posts WHERE author_id = ANY($1) AND parent_id IS NULL ORDER BY id", account_ids
    )
    return [row["id"] for row in rows]


async def settle(database: Connection) -> None:
    """Wait until the worker has handled all events and folded all counts."""
    query = "SELECT EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM count_deltas)"
    async with asyncio.timeout(SETTLE_SECONDS):
        while await database.fetchval(query):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.02)
