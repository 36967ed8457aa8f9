"""Our functions inside Valkey, `hubbub.lua`, and how they get there."""

import asyncio
from functools import cache
from importlib.resources import files
from typing import Any

from hubbub.platform.valkey.dial import pack
from hubbub.platform.valkey.errors import ValkeyRefused, ValkeyUnavailable
from hubbub.platform.valkey.node import Node
from hubbub.platform.valkey.routing import Router, is_error

NAME = "hubbub"


@cache
def source() -> bytes:
    return files(__package__).joinpath("hubbub.lua").read_bytes()


class Library:
    def __init__(self, router: Router) -> None:
        self._router = router
        self._loading: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Make every primary hold this version. Callers at the same time share one attempt."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().create_task(self._load())
            self._loading.add_done_callback(self._loaded)
        await asyncio.shield(self._loading)

    async def close(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait([self._loading])

    async def _load(self) -> None:
        """A primary that is away is left out: a call that finds it without the library loads it then."""
        results = await asyncio.gather(
            *(_load_on(node) for node in self._router.primaries), return_exceptions=True
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        refused = [failure for failure in failures if not isinstance(failure, ValkeyUnavailable)]
        if refused or len(failures) == len(results):
            raise (refused or failures)[0]

    def _loaded(self, task: "asyncio.Task[None]") -> None:
        self._loading = None
        if not task.cancelled():
            task.exception()


async def _load_on(node: Node) -> None:
    """Only when it differs, so that processes which start together do not replace each other's."""
    listed = await node.call(pack(("FUNCTION", "LIST", "LIBRARYNAME", NAME, "WITHCODE")))
    if not is_error(listed) and _code(listed) == source():
        return
    reply = await node.call(pack(("FUNCTION", "LOAD", "REPLACE", source())))
    if is_error(reply):
        raise ValkeyRefused(f"{node.address!r}: FUNCTION LOAD: {reply}")


def _code(listed: list[list[Any]]) -> bytes | None:
    for entry in listed:
        fields = dict(zip(entry[::2], entry[1::2], strict=True))
        code = fields.get(b"library_code")
        return code if isinstance(code, bytes) else None
    return None
