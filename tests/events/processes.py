"""`hubbub serve` and `hubbub work` as real processes on the engines of the tests."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from hubbub.settings import Settings

ROOT = Path(__file__).parents[2]
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Running:
    process: asyncio.subprocess.Process
    log: Path

    async def kill(self) -> str:
        """SIGKILL; what it has logged. An orderly end that came before is left as it is."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        return self.log.read_text()


async def start(command: str, settings: Settings, *, port: int = 0) -> Running:
    """One process with these engines, this key and these rates."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HUBBUB_")}
    given = {
        "PYTHONPATH": str(ROOT / "src"),
        "HUBBUB_DATABASE_URL": settings.database.url,
        "HUBBUB_VALKEY_URL": settings.valkey.url,
        "HUBBUB_DATA_DIR": str(settings.data_dir),
        "HUBBUB_SECRET_KEY": settings.identity.secret_key,
        "HUBBUB_RATE_FACTOR": str(settings.rate_factor),
        "HUBBUB_PUBLIC_URL": settings.server.public_url,
        "HUBBUB_METRICS_PORT": "0",
        "HUBBUB_PORT": str(port),
    }
    # A file: a pipe that nobody reads would fill, and the process would wait for ever.
    log = settings.data_dir / f"{command}-{next(_numbers)}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hubbub", command, env=own | given, stderr=output
        )
    return Running(process, log)


@asynccontextmanager
async def running(command: str, settings: Settings, *, port: int = 0) -> AsyncIterator[Running]:
    started = await start(command, settings, port=port)
    try:
        yield started
    finally:
        await started.kill()
