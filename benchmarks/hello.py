"""The limit that ratios are against: `/N` is answered with N bytes of JSON, and nothing is looked up.

python -m benchmarks.hello KIND
"""

import sys
from functools import cache
from typing import Any

import uvicorn
import uvloop

from hubbub.platform.front import Front
from hubbub.platform.server import bind, run_server
from hubbub.platform.telemetry import AccessLog
from hubbub.settings import ServerSettings

BEHIND_FRONT = "server, front and access log"
KINDS = ("uvicorn as it comes", "server", "server and front", BEHIND_FRONT)
SHORTEST = len('{"x":""}')


@cache
def answer(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    body = b'{"x":"%b"}' % (b"x" * max(0, int(path[1:]) - SHORTEST))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


async def hello(scope: Any, receive: Any, send: Any) -> None:
    scope.setdefault("state", {})["route"] = "/hello"
    start, body = answer(scope["path"])
    await send(start)
    await send(body)


def main(kind: str) -> None:
    settings = ServerSettings(port=0, log_format="json")
    if kind == "uvicorn as it comes":
        serve_uvicorn()
        return
    with open("/dev/null", "w", encoding="utf-8") as sink:
        access_log = AccessLog(settings, sink) if kind == BEHIND_FRONT else None
        app: Any = hello if kind == "server" else Front(hello, settings, access_log=access_log)
        uvloop.run(run_server(app, settings, on_ready=lambda _, port: print(port, flush=True)))


def serve_uvicorn() -> None:
    listener = bind("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(hello, log_config=None, access_log=False, lifespan="off", http="httptools")
    uvloop.run(uvicorn.Server(config).serve([listener]))


if __name__ == "__main__":
    main(sys.argv[1])
