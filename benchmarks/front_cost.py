"""What the server and the front cost a request: CPU of the server process per request, from its own clock.

    python -m benchmarks.front_cost [--rounds 5] [--seconds 3]

Variants run interleaved, each in a process of its own, driven by wrk over 16 keep-alive connections.
"""

import argparse
import re
import statistics
import subprocess
import sys
from typing import Any

import psutil
import uvicorn
import uvloop

from hubbub.platform.front import Front
from hubbub.platform.server import bind, run_server
from hubbub.platform.telemetry import AccessLog
from hubbub.settings import ServerSettings

VARIANTS = ("uvicorn", "server", "server+front", "server+front+log")
BODY = b'{"hello":"world"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
REQUEST_HEADERS = (
    "Authorization: Bearer abc",
    "Accept: application/json",
    "User-Agent: bench",
    "Accept-Encoding: gzip",
)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    scope["state"]["route"] = "/hello"
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def serve(variant: str) -> None:
    settings = ServerSettings(port=0, log_format="json")
    if variant == "uvicorn":
        listener = bind("127.0.0.1", 0)
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(hello, log_config=None, access_log=False, lifespan="off", http="httptools")
        uvloop.run(uvicorn.Server(config).serve([listener]))
        return
    app: Any = hello
    if "front" in variant:
        with open("/dev/null", "w", encoding="utf-8") as sink:
            access_log = AccessLog(settings, sink) if "log" in variant else None
            uvloop.run(run_server(Front(hello, settings, access_log=access_log), settings, on_ready=tell))
        return
    uvloop.run(run_server(app, settings, on_ready=tell))


def tell(host: str, port: int) -> None:
    print(port, flush=True)


def measure(variant: str, seconds: int) -> tuple[float, float]:
    """CPU microseconds per request, and requests per second."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.front_cost", "--serve", variant], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/hello"
        load(url, 1)
        process = psutil.Process(server.pid)
        before = process.cpu_times()
        count = load(url, seconds)
        after = process.cpu_times()
        used = after.user + after.system - before.user - before.system
        return used / count * 1e6, count / seconds
    finally:
        server.terminate()
        server.wait(15)


def load(url: str, seconds: int) -> int:
    headers = [part for header in REQUEST_HEADERS for part in ("-H", header)]
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", *headers, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in output, output
    found = re.search(r"(\d+) requests in", output)
    assert found is not None, output
    return int(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--serve", choices=VARIANTS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    found: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for number in range(options.rounds):
        for variant in VARIANTS:
            cost, rate = measure(variant, options.seconds)
            found[variant].append(cost)
            print(
                f"round {number + 1}  {variant:18} {cost:6.1f} us/request  {rate:7.0f} requests/s", flush=True
            )
    print()
    base = statistics.median(found["uvicorn"])
    for variant, costs in found.items():
        middle = statistics.median(costs)
        spread = f"{min(costs):.1f} to {max(costs):.1f}"
        print(f"{variant:18} median {middle:6.1f} us  spread {spread}  {middle - base:+.1f}")


if __name__ == "__main__":
    main()
