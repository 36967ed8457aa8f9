"""What slow clients do to the others: p99 of ordinary requests, alone and beside thousands of slow ones.

    PYTHONPATH=src python -m benchmarks.slow_clients [--each 1000] [--rounds 5]

Runs with and without the crowd alternate on one server process with the limits of production. The crowd
is a third each of headers that arrive byte by byte, bodies that do, and replies that nobody reads; who is
cut comes back within 3 s. The ordinary requests are an open loop at a fixed rate, their latency counted from
the moment they were due. Printed are the medians over the rounds and what the server counted.
"""

import argparse
import asyncio
import contextlib
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from typing import Any
from urllib.request import urlopen

import uvloop

from hubbub.platform.front import Front
from hubbub.platform.server import bind, calm_garbage_collection, run_server
from hubbub.platform.telemetry import serving_metrics
from hubbub.settings import ServerSettings

RATE, SECONDS, LANES = 300, 12, 16
HELLO_BYTES, REPLY_BYTES = 17, 400_000
HELLO = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
KINDS = {
    "headers": b"GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "body": b"POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n",
    "reply": b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n",
}


async def answer(scope: Any, receive: Any, send: Any) -> None:
    body = b"x" * (REPLY_BYTES if scope["path"] == "/big" else HELLO_BYTES)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve() -> None:
    settings = ServerSettings(port=0)
    calm_garbage_collection()
    async with serving_metrics(bind("127.0.0.1", 0)) as metrics_port:
        await run_server(
            Front(answer, settings), settings, on_ready=lambda _, port: print(port, metrics_port, flush=True)
        )


class Crowd(asyncio.Protocol):
    """One slow client, which comes back when it is cut."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, kind: str) -> None:
        self._loop, self._port, self._kind = loop, port, kind
        self._transport: Any = None
        self._random = random.Random(f"{kind} {id(self)}")

    async def connect(self) -> None:
        with contextlib.suppress(OSError):
            await self._loop.create_connection(lambda: self, "127.0.0.1", self._port)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(KINDS[self._kind])
        self._loop.call_later(self._random.uniform(0.5, 1.5), self._drip)

    def data_received(self, data: bytes) -> None:
        if self._kind == "reply":
            self._transport.pause_reading()

    def _drip(self) -> None:
        if not self._transport.is_closing():
            if self._kind != "reply":
                self._transport.write(b"x")
            self._loop.call_later(1, self._drip)

    def eof_received(self) -> None:
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        # As many machines would, not all in the same instant.
        self._loop.call_later(self._random.uniform(0, 3), lambda: self._loop.create_task(self.connect()))


async def crowd(port: int, each: int) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(each):
        for kind in KINDS:
            await Crowd(loop, port, kind).connect()
        await asyncio.sleep(3 / each)
    print("here", flush=True)
    await asyncio.sleep(3600)


async def ordinary(port: int) -> list[float]:
    """Seconds that each request took from the moment it was due."""
    due: asyncio.Queue[float | None] = asyncio.Queue()
    taken: list[float] = []

    async def lane() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (moment := await due.get()) is not None:
            writer.write(HELLO)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            await reader.readexactly(HELLO_BYTES)
            taken.append(time.perf_counter() - moment)
        writer.close()

    lanes = [asyncio.create_task(lane()) for _ in range(LANES)]
    started = time.perf_counter()
    for number in range(RATE * SECONDS):
        moment = started + number / RATE
        await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        due.put_nowait(moment)
    for _ in lanes:
        due.put_nowait(None)
    await asyncio.gather(*lanes)
    return taken


def start(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.slow_clients", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def measure(port: int, each: int) -> tuple[float, float]:
    """p50 and p99 in milliseconds, beside a crowd if there is one."""
    others = start("--crowd", str(port), "--each", str(each)) if each else None
    try:
        if others is not None:
            first_line(others)
        taken = sorted(uvloop.run(ordinary(port)))
        return taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.99)] * 1000
    finally:
        if others is not None:
            others.kill()
            others.wait()


def counted(metrics_port: int) -> Counter[str]:
    with urlopen(f"http://127.0.0.1:{metrics_port}/metrics") as reply:
        lines = reply.read().decode().splitlines()
    names = ("hubbub_connections_cut_total", "hubbub_connections_refused_total", "process_resident")
    return Counter({line.split()[0]: float(line.split()[1]) for line in lines if line.startswith(names)})  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--crowd", type=int)
    options = parser.parse_args()
    if options.serve:
        uvloop.run(serve())
    elif options.crowd:
        uvloop.run(crowd(options.crowd, options.each))
    else:
        compare(options.rounds, options.each)


def compare(rounds: int, each: int) -> None:
    server = start("--serve")
    port, metrics_port = map(int, first_line(server).split())
    alone: list[tuple[float, float]] = []
    beside: list[tuple[float, float]] = []
    try:
        for number in range(rounds):
            for found, size in ((alone, 0), (beside, each)):
                found.append(measure(port, size))
                p50, p99 = found[-1]
                print(
                    f"round {number + 1}  {3 * size:5} slow clients  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms",
                    flush=True,
                )
        print()
        for name, value in sorted(counted(metrics_port).items()):
            print(f"{name} {value:.0f}")
    finally:
        server.terminate()
        server.wait(20)
    for place, name in ((0, "p50"), (1, "p99")):
        before = statistics.median(pair[place] for pair in alone)
        after = statistics.median(pair[place] for pair in beside)
        crowd_size = f"{3 * each} slow clients"
        print(
            f"{name}: {before:.2f} ms alone, {after:.2f} ms beside {crowd_size}, {after / before:.2f} times"
        )


if __name__ == "__main__":
    main()
