"""What a process keeps for home feeds."""

import asyncio
from dataclasses import dataclass, field

from hubbub.platform.cache import LocalCache
from hubbub.platform.telemetry.metrics import Counts
from hubbub.posts import Part

OWN_BYTES = 8 * 1024 * 1024
OWN_TTL_SECONDS = 60.0
PAGES_BYTES = 64 * 1024 * 1024
PAGE_TTL_SECONDS = 5.0
REBUILDS_AT_ONCE = 3
# Accounts whose turn has not come; whoever comes beyond is rebuilt when they read again.
REBUILDS_WAITING = 2000

PAGES = Counts("hubbub_home_pages_total", "Pages of home feeds, by where the ids came from.", ["source"])
REBUILDS = Counts("hubbub_home_rebuilds_total", "Home lists rebuilt from the database.", ["outcome"])


@dataclass(frozen=True, slots=True)
class HomePage:
    """A first page that was put together, and all that it holds by."""

    stamp: str
    text: bytes
    merged: tuple[int, ...]
    parts: list[Part]
    until: float
    """Unix time."""
    body: bytes
    links: list[tuple[bytes, bytes]]
    etag: str


@dataclass(slots=True)
class Homes:
    """What a process keeps for home feeds."""

    pages: LocalCache[tuple[int, int], HomePage] = field(
        default_factory=lambda: LocalCache(
            max_bytes=PAGES_BYTES,
            ttl_seconds=PAGE_TTL_SECONDS,
            size_of=lambda page: len(page.body) + 8 * len(page.parts) + 1000,
        )
    )
    own: LocalCache[int, tuple[str, list[int]]] = field(
        default_factory=lambda: LocalCache(
            max_bytes=OWN_BYTES, ttl_seconds=OWN_TTL_SECONDS, size_of=lambda own: 40 * len(own[1]) + 200
        )
    )
    rebuilding: dict[int, "asyncio.Task[None]"] = field(default_factory=dict)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REBUILDS_AT_ONCE))
