"""What processes keep in Valkey of what they have read in PostgreSQL, until it is taken back.

Each value is kept with the era of the server (see hubbub.lua): what a server has from a snapshot, or from
a primary whose last writes it missed, may have been taken back meanwhile and is not believed.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from hubbub.platform.valkey import Valkey

# After a change only PostgreSQL is asked for this long: no slow reader can write back what was before.
ASK_MS = 12_000


async def read_kept(valkey: Valkey, keys: Sequence[str]) -> list[bytes | None]:
    """Values in the order of the keys. Raises ValkeyUnavailable."""
    groups = _by_slot(valkey, keys)
    replies = await asyncio.gather(*(valkey.fcall("hubbub_kept", group) for group in groups))
    found: dict[str, bytes | None] = {}
    for group, reply in zip(groups, replies, strict=True):
        found.update(zip(group, reply, strict=True))
    return [found[key] or None for key in keys]


async def keep(valkey: Valkey, values: Mapping[str, bytes], *, ttl_ms: int) -> None:
    """Where nothing stands: what a change has put there must run out first. Raises ValkeyUnavailable."""
    await asyncio.gather(
        *(valkey.fcall("hubbub_keep", [key], [ttl_ms, value]) for key, value in values.items())
    )


async def take_back(valkey: Valkey, keys: Collection[str]) -> None:
    """These have changed. Raises ValkeyUnavailable."""
    groups = _by_slot(valkey, keys)
    await asyncio.gather(*(valkey.fcall("hubbub_take_back", group, [ASK_MS]) for group in groups))


def _by_slot(valkey: Valkey, keys: Collection[str]) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for key in keys:
        groups.setdefault(valkey.slot(key), []).append(key)
    return list(groups.values())
