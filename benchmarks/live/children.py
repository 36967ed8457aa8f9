"""Processes that are told what to do line by line, and answer each line when it is done."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
STOP_SECONDS = 10.0
LINE_BYTES = 1 << 24
FAILED = "failed"
ROOT = Path(__file__).parents[2]

Do = Callable[[Any], Awaitable[Any]]


class ChildFailed(Exception):
    """What it said last, or that it said nothing."""


class Child:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def do(self, what: Any, *, seconds: float = 60.0) -> Any:
        """Its answer, once it is done. Raises ChildFailed."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        answer = json.loads(await self.line(seconds))
        if isinstance(answer, dict) and FAILED in answer:
            raise ChildFailed(answer[FAILED])
        return answer

    async def line(self, seconds: float) -> str:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise ChildFailed(f"no answer within {seconds:.0f} s") from None
        if not line.endswith(b"\n"):
            raise ChildFailed(f"it has ended ({line.decode(errors='replace')[-500:]})")
        return line.decode().rstrip("\n")


@asynccontextmanager
async def running(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Child, str]]:
    """The process, and the first line that it said; ended afterwards."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        limit=LINE_BYTES,
    )
    child = Child(process)
    try:
        yield child, await child.line(START_SECONDS)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


async def obey(do: Do) -> None:
    """The child's side: do what each line says, and answer. Ends with the input."""
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        try:
            answer = await do(json.loads(line))
        except Exception as error:
            answer = {FAILED: f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
