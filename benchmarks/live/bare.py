"""The limit of all broadcasting: our server, and an app that does nothing but write one frame to all sockets.

python -m benchmarks.live.bare
"""

import asyncio
from typing import Any

import uvloop

from benchmarks.live.children import obey
from hubbub.platform.live import Frame, Listener, Outlet
from hubbub.platform.server import calm_garbage_collection, run_server
from hubbub.settings import ServerSettings

MOST_SOCKETS = 30_000
READY = Frame(b"ready", b"", b"1-0")


class Everybody:
    def __init__(self) -> None:
        self.outlets: set[Outlet] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        protocol = (b"sec-websocket-protocol", b"hubbub.v1")
        await send({"type": "hubbub.stream", "status": 101, "headers": [protocol], "attach": self._attach})

    def _attach(self, outlet: Outlet) -> Listener:
        self.outlets.add(outlet)
        outlet.send(READY)
        return _Member(self, outlet)

    def tell(self, frame: Frame) -> None:
        for outlet in self.outlets:
            outlet.send(frame)


class _Member:
    __slots__ = ("_everybody", "_outlet")

    def __init__(self, everybody: Everybody, outlet: Outlet) -> None:
        self._everybody = everybody
        self._outlet = outlet

    def heard(self, text: bytes) -> None:
        pass

    def closed(self, code: int) -> None:
        self._everybody.outlets.discard(self._outlet)


async def main() -> None:
    everybody = Everybody()
    stop = asyncio.Event()
    settings = ServerSettings(port=0, max_connections=MOST_SOCKETS)

    async def do(what: Any) -> int:
        data = b'{"pad":"%b"}' % (b"x" * what["bytes"])
        everybody.tell(Frame(b"notification", data, b"1732500000000-%d" % what["number"]))
        return len(everybody.outlets)

    async def work() -> None:
        await obey(do)
        stop.set()

    calm_garbage_collection()
    working = asyncio.ensure_future(work())
    await run_server(everybody, settings, on_ready=lambda _, port: print(port, flush=True), stop=stop)
    working.cancel()


if __name__ == "__main__":
    uvloop.run(main())
