import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubbub.cli import main
from hubbub.platform.db import Database
from hubbub.platform.outbox import Periodic
from hubbub.platform.outbox.periodic import run_if_due
from tests.support.world import World

TRACE = "Traceback (most recent call last):\n  some lines\nZeroDivisionError: boom"


class Admin:
    """`hubbub admin …` on the engines of the test, in a thread of its own since it runs its own loop."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    async def invoke(self, *arguments: str, stdin: str = "") -> Result:
        return await asyncio.to_thread(
            CliRunner().invoke, main, ["admin", *arguments], env=self._env, input=stdin
        )

    async def told(self, *arguments: str, stdin: str = "") -> str:
        result = await self.invoke(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def admin(database_url: str, valkey_url: str, tmp_path: Path) -> Admin:
    return Admin(
        {
            "HUBBUB_DATABASE_URL": database_url,
            "HUBBUB_VALKEY_URL": valkey_url,
            "HUBBUB_DATA_DIR": str(tmp_path),
            "HUBBUB_SECRET_KEY": "a key for tests, long enough to be taken",
            "HUBBUB_PUBLIC_URL": "http://test",
        }
    )


async def bury(db: Database, *letters: tuple[int, str, str]) -> None:
    async with db.connection() as tx:
        await tx.executemany(
            "INSERT INTO dead_letters (lane, consumer, id, kind, body, error, died_at)"
            " VALUES (1, $2, $1, $3, '{\"post_id\": 9}', $4, now())",
            [(*letter, TRACE) for letter in letters],
        )


async def waiting(world: World) -> list[tuple[int, str]]:
    rows = await world.rows("SELECT id, consumer FROM outbox ORDER BY id, consumer")
    return [(row["id"], row["consumer"]) for row in rows]


async def test_dead_letters_are_listed_with_the_line_that_names_the_error(world: World, admin: Admin) -> None:
    await bury(world.db, (7, "record", "PostLiked"))

    said = await admin.told("dead-letters")
    full = await admin.told("dead-letters", "--full")

    assert "7  record  PostLiked" in said
    assert "ZeroDivisionError: boom" in said
    assert "some lines" not in said
    assert "some lines" in full
    assert '"post_id": 9' in full
    assert "1 shown" in said


async def test_a_letter_is_replayed_by_its_id(world: World, admin: Admin) -> None:
    await bury(world.db, (7, "record", "PostLiked"), (8, "record", "PostLiked"))

    said = await admin.told("replay", "7")

    assert said.startswith("1 ")
    assert await waiting(world) == [(7, "record")]
    assert "8  record" in await admin.told("dead-letters")


async def test_letters_of_a_kind_or_consumer_are_replayed_together(world: World, admin: Admin) -> None:
    await bury(world.db, (1, "record", "PostLiked"), (1, "deliver", "PostLiked"), (2, "record", "PostEdited"))
    await bury(world.db, *((id_, "learn", "PostCreated") for id_ in range(100, 700)))

    liked = await admin.told("replay", "--all", "--kind", "PostLiked", "--consumer", "record")
    created = await admin.told("replay", "--all", "--consumer", "learn")
    left = await admin.told("dead-letters", "--consumer", "deliver", "--consumer", "record")

    assert (liked.split()[0], created.split()[0]) == ("1", "600")
    assert len(await waiting(world)) == 601
    assert "2 shown" in left


async def test_letters_are_discarded_after_a_question(world: World, admin: Admin) -> None:
    await bury(world.db, (1, "record", "PostLiked"), (2, "record", "PostEdited"))

    refused = await admin.invoke("discard", "1", stdin="n\n")
    said = await admin.told("discard", "1", stdin="y\n")

    assert refused.exit_code == 1
    assert "1 forgotten" in said
    assert await waiting(world) == []
    assert "1 shown" in await admin.told("dead-letters")


@pytest.mark.parametrize("arguments", [[], ["--kind", "PostLiked"], ["7", "--all"]])
async def test_replay_wants_ids_or_all(world: World, admin: Admin, arguments: list[str]) -> None:
    await bury(world.db, (7, "record", "PostLiked"))

    result = await admin.invoke("replay", *arguments)

    assert (result.exit_code, "say --all" in result.output) == (2, True)
    assert await waiting(world) == []


async def test_lag_shows_what_waits_fails_and_is_dead(world: World, admin: Admin) -> None:
    await bury(world.db, (1, "record", "PostLiked"))
    await admin.told("replay", "1")
    await bury(world.db, (2, "record", "PostLiked"))
    async with world.db.connection() as tx:
        await tx.execute("UPDATE outbox SET attempts = 2, not_before = now() - interval '1 hour'")

    rows = [line.split() for line in (await admin.told("lag")).splitlines()]

    _, pending, late, _, failing, dead = next(row for row in rows if row[0] == "record")
    assert (pending, failing, dead) == ("1", "1", "1")
    assert 3600 <= float(late.replace(",", "")) < 3660
    assert (await admin.told("lag", "--kinds")).split() == [
        "record",
        "PostLiked",
        "1",
        "waiting",
        "1",
        "failing",
    ]


async def test_a_job_that_fails_is_shown_with_its_error_and_its_last_success(
    world: World, admin: Admin
) -> None:
    async def fail(db: Database) -> None:
        raise ZeroDivisionError("no such luck")

    async def succeed(db: Database) -> None: ...

    for number, run in enumerate([succeed, fail, fail]):
        async with world.db.connection() as tx:
            await tx.execute("UPDATE periodic_jobs SET due_at = now()")
        try:
            await run_if_due(world.db, Periodic("purge things", 3600, run))
        except ZeroDivisionError:
            assert number > 0
    await run_if_due(world.db, Periodic("another", 3600, succeed))

    said = (await admin.told("jobs")).splitlines()

    assert said[1].startswith("purge things")
    assert said[1].endswith(" 2")
    assert "never" not in said[1]
    assert "ZeroDivisionError: no such luck" in said[2]
    assert said[3].startswith("another")
    assert "Traceback" in await admin.told("jobs", "--full")
