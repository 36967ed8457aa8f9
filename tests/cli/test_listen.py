"""`hubbub listen` as people use it: real processes, a Hubbub that really serves."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.cli.test_bench import hubbub, settings
from tests.run.machine import PACKAGES, SOURCE
from tests.support.world import PASSWORD, Person, World

__all__ = ["hubbub", "settings"]

DEADLINE = 15.0
Hubbub = tuple[World, str]


class Terminal:
    """A process, and all that it has printed so far."""

    def __init__(self, process: asyncio.subprocess.Process, world: World) -> None:
        self._process = process
        self._world = world
        self.shown: list[str] = []
        self.said: list[str] = []
        self._readers = [
            asyncio.create_task(self._read(process.stdout, self.shown)),
            asyncio.create_task(self._read(process.stderr, self.said)),
        ]

    async def _read(self, stream: asyncio.StreamReader | None, lines: list[str]) -> None:
        assert stream is not None
        while line := await stream.readline():
            lines.append(line.decode().rstrip("\n"))

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    def end_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def until(self, holds: Callable[[], bool]) -> None:
        """While the worker does its work."""
        async with asyncio.timeout(DEADLINE):
            while not holds():
                await self._world.settle()
                await asyncio.sleep(0.02)

    async def shows(self, pattern: str) -> str:
        await self.until(lambda: any(re.search(pattern, line) for line in self.shown))
        return next(line for line in self.shown if re.search(pattern, line))

    async def says(self, text: str) -> None:
        await self.until(lambda: any(text in line for line in self.said))

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    async def ended(self) -> int:
        async with asyncio.timeout(DEADLINE):
            code = await self._process.wait()
            await asyncio.gather(*self._readers)
        return code


@asynccontextmanager
async def terminal(hubbub: Hubbub, *arguments: str, **env: str) -> AsyncIterator[Terminal]:
    world, url = hubbub
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hubbub", "listen", "--url", url, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.defpath, "PYTHONPATH": f"{SOURCE}:{PACKAGES}", **env},
    )
    found = Terminal(process, world)
    try:
        yield found
    finally:
        if process.returncode is None:
            process.kill()
        await found.ended()


@asynccontextmanager
async def listening(hubbub: Hubbub, person: Person, *arguments: str) -> AsyncIterator[Terminal]:
    async with terminal(hubbub, "--login", person.handle, "--password-stdin", *arguments) as found:
        found.type(PASSWORD)
        await found.says("listening")
        yield found


async def test_two_people_chat_and_like_in_their_terminals(hubbub: Hubbub) -> None:
    world, _ = hubbub
    ada, bo = await world.person("ada"), await world.person("bo")
    post = await world.write(ada, "The tide is out")

    async with listening(hubbub, ada) as adas, listening(hubbub, bo) as bos:
        bos.type("/to @ada Shall we walk?")
        await adas.shows(r"message +@bo: Shall we walk\?")
        adas.type("In an hour")
        await bos.shows("message +@ada: In an hour")
        bos.type(f"/like {post['id']}")
        line = await adas.shows("@bo liked your post: The tide is out")
        bos.type(f"/comment {post['id']} Lovely")
        await adas.shows("@bo answered you")
        adas.type("/quit")
        bos.interrupt()
        codes = (await adas.ended(), await bos.ended())

    assert codes == (0, 0)
    assert re.match(r"\d\d:\d\d:\d\d  notification ", line)
    assert (adas.said, bos.said) == (["listening"], ["listening"])


async def test_frames_are_printed_as_they_came_and_topics_are_watched(hubbub: Hubbub) -> None:
    world, _ = hubbub
    ada, bo = await world.person("ada"), await world.person("bo")
    post = await world.write(ada)

    async with listening(hubbub, ada, "--json", "--topics", f"post:{post['id']}", "--count", "3") as adas:
        await adas.shows('"subscribed"')
        adas.end_input()
        (await world.put(f"/v1/posts/{post['id']}/like", by=bo)).raise_for_status()
        await adas.until(lambda: len(adas.shown) == 3)
        assert await adas.ended() == 0

    frames: list[dict[str, Any]] = [json.loads(line) for line in adas.shown]
    assert {frame["type"] for frame in frames} >= {"subscribed", "post.counts"}


async def test_what_came_after_an_event_is_shown_first(hubbub: Hubbub) -> None:
    world, _ = hubbub
    ada, bo = await world.person("ada"), await world.person("bo")
    post = await world.write(ada)

    async with listening(hubbub, ada, "--json", "--count", "1") as adas:
        (await world.put(f"/v1/posts/{post['id']}/like", by=bo)).raise_for_status()
        first = json.loads(await adas.shows("notification"))
        await adas.ended()
    await world.comment(bo, post, "Missed while away")
    await world.settle()
    async with listening(hubbub, ada, "--since", first["id"], "--count", "1") as adas:
        await adas.shows("Missed while away")
        assert await adas.ended() == 0


async def test_a_token_is_enough_and_its_session_lives_on(hubbub: Hubbub) -> None:
    world, _ = hubbub
    ada = await world.person("ada")

    async with terminal(hubbub, HUBBUB_TOKEN=ada.token) as adas:
        await adas.says("listening")
        adas.type('/json {"type": "subscribe", "topics": ["post:1"]}')
        await adas.shows("error +There is no such thing")
        adas.type("/json {")
        adas.type("hello?")
        await adas.says("nobody has written yet")
        adas.interrupt()
        assert await adas.ended() == 0

    assert "/json: { is no JSON" in adas.said
    assert (await world.get("/v1/me", by=ada)).status_code == 200


async def test_its_own_session_ends_with_it(hubbub: Hubbub) -> None:
    world, _ = hubbub
    ada = await world.person("ada")

    async with listening(hubbub, ada) as adas:
        during = await world.value("SELECT count(*) FROM sessions WHERE revoked_at IS NULL")
        adas.interrupt()
        await adas.ended()

    assert (during, await world.value("SELECT count(*) FROM sessions WHERE revoked_at IS NULL")) == (2, 1)


async def test_a_session_that_is_ended_elsewhere_ends_it(hubbub: Hubbub) -> None:
    world, _ = hubbub
    ada = await world.person("ada")

    async with listening(hubbub, ada) as adas:
        (await world.delete("/v1/auth/sessions?others=true", by=ada)).raise_for_status()
        assert await adas.ended() == 1

    assert adas.said == ["listening", "Error: the session has ended: log in again"]


@pytest.mark.parametrize(
    ("arguments", "env", "typed", "said"),
    [
        ((), {}, "", "who? Give --login"),
        (("--login", "ada"), {}, "", "give it with --password-stdin"),
        (("--login", "ada", "--password-stdin"), {}, "wrong", "wrong"),
        ((), {"HUBBUB_TOKEN": "made up"}, "", "no refresh token"),
        (("--url", "http://127.0.0.1:1"), {"HUBBUB_TOKEN": "x"}, "", "cannot be reached"),
        (("--url", "ftp://127.0.0.1"), {"HUBBUB_TOKEN": "x"}, "", "must be an address"),
    ],
    ids=["nobody", "no password", "wrong password", "bad token", "no server", "bad url"],
)
async def test_what_cannot_be_is_said_in_words(
    hubbub: Hubbub, arguments: tuple[str, ...], env: dict[str, str], typed: str, said: str
) -> None:
    await hubbub[0].person("ada")

    async with terminal(hubbub, *arguments, **env) as found:
        found.type(typed)
        code = await found.ended()

    assert code in (1, 2)
    assert said in found.said[-1]
    assert not any("Traceback" in line for line in found.said)
