"""`hubbub bench` against a Hubbub that really serves."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubbub.app import build_front
from hubbub.cli import main
from hubbub.platform.server import run_server
from hubbub.settings import ServerSettings, Settings
from tests.bench.servers import ok, served
from tests.support.world import World, open_world, settings_for

FEW = ("--users", "4", "--duration", "0.3", "--rate", "60")


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[World, str]]:
    async with open_world(settings) as world:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        server = asyncio.create_task(
            run_server(
                build_front(world.services),
                ServerSettings(port=0),
                on_ready=lambda _, bound: port.set_result(bound),
                stop=stop,
            )
        )
        try:
            yield world, f"http://127.0.0.1:{await port}"
        finally:
            stop.set()
            await server


@pytest.fixture
def settings(database_url: str, valkey_url: str, clean: None, tmp_path: Path) -> Settings:
    return settings_for(database_url, valkey_url, tmp_path)


@pytest.fixture
async def hubbub(settings: Settings) -> AsyncIterator[tuple[World, str]]:
    async with serving(settings) as running:
        yield running


async def bench(*arguments: str) -> Result:
    """In a thread of its own, since it runs its own loop."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(main, ["bench", *arguments]))


async def test_a_fixed_rate_is_measured_and_nobody_is_left(hubbub: tuple[World, str]) -> None:
    world, url = hubbub

    result = await bench(url, *FEW)

    assert result.exit_code == 0, result.output
    assert "60/s" in result.output
    assert await world.value("SELECT count(*) FROM accounts") == 4
    assert await world.value("SELECT count(*) FROM accounts WHERE state <> 'deleting'") == 0
    assert await world.value("SELECT count(*) FROM posts WHERE visibility = 0 AND parent_id IS NULL") == 0


async def test_json_holds_latencies_of_every_operation(hubbub: tuple[World, str]) -> None:
    result = await bench(hubbub[1], *FEW, "--workload", "w1", "--json")

    (step,) = json.loads(result.stdout)["steps"]
    assert step["rate"] == 60
    assert step["failed"] == {}
    assert step["answered"] > 0
    assert step["void"] or {"all", "home", "author", "post"} <= step["latency_ms"].keys()


async def test_progress_is_told_in_plain_lines_where_nobody_watches(hubbub: tuple[World, str]) -> None:
    result = await bench(hubbub[1], *FEW)

    assert "sign-ups: 4 of 4" in result.output
    assert "█" not in result.output


async def test_kept_accounts_are_there_and_can_read_each_other(hubbub: tuple[World, str]) -> None:
    world, url = hubbub

    await bench(url, *FEW, "--keep")

    assert await world.value("SELECT count(*) FROM accounts WHERE state = 'active'") == 4
    assert await world.value("SELECT count(*) FROM follows") == 12
    assert await world.value("SELECT count(*) FROM posts WHERE parent_id IS NULL") >= 20


async def test_rate_limits_that_get_in_the_way_are_explained(settings: Settings) -> None:
    async with serving(replace(settings, rate_factor=1.0)) as (_, url):
        result = await bench(url, "--users", "30")

    assert result.exit_code == 1
    assert "HUBBUB_RATE_FACTOR" in result.output


async def test_where_real_people_may_be_it_wants_to_be_sure(settings: Settings) -> None:
    public = replace(settings, server=replace(settings.server, public_url="https://hubbub.example"))
    async with serving(public) as (world, url):
        refused = await bench(url, *FEW)
        allowed = await bench(url, *FEW, "--yes")
        count = await world.value("SELECT count(*) FROM accounts")

    assert (refused.exit_code, "--yes" in refused.output) == (1, True)
    assert (allowed.exit_code, count) == (0, 4), allowed.output


async def test_nobody_there_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    result = await bench(f"http://127.0.0.1:{port}")

    assert (result.exit_code, "cannot be reached" in result.output) == (1, True)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"name":"another"}'])
async def test_what_is_not_hubbub_is_said_not_to_be(body: bytes) -> None:
    async def answer(request: str) -> bytes:
        return ok(body)

    async with served(answer) as url:
        result = await bench(url)

    assert result.exit_code == 1
    assert "not" in result.output


@pytest.mark.parametrize(
    "url", ["ftp://h", "http://", "http://h/path", "http://h?x=1", "http://h:port", "http://a:b@h"]
)
async def test_address_that_is_none_is_refused(url: str) -> None:
    result = await bench(url)

    assert (result.exit_code, "URL" in result.output) == (2, True)
