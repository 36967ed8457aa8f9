"""Bounds: bodies, requests at once, time."""

import asyncio
from typing import Any

import pytest

from hubbub.platform.front import RouteRule
from hubbub.platform.front.bodies import MIB, BodyReader
from hubbub.platform.front.front import REQUESTS
from tests.front.support import Recorder, ask, front_of, read_body, scope_of


async def test_body_over_its_limit_is_413_before_it_is_read() -> None:
    app = Recorder()

    answer = await ask(front_of(app), method="POST", headers=[("Content-Length", str(MIB + 1))])

    assert (answer.status, answer.code) == (413, "body_too_large")
    assert app.scopes == []


async def test_body_of_exactly_the_limit_arrives() -> None:
    app = Recorder()

    answer = await ask(front_of(app), method="POST", body=b"x" * MIB)

    assert answer.status == 200
    assert len(app.bodies[0]) == MIB


async def test_chunked_body_is_counted_while_it_comes() -> None:
    app = Recorder()
    pieces = [b"x" * 65536] * 17

    answer = await ask(front_of(app), method="POST", body=pieces)

    assert answer.status == 413
    assert app.scopes == []


async def test_chunked_body_arrives_whole() -> None:
    app = Recorder()

    answer = await ask(front_of(app), method="POST", body=[b"a", b"b", b"c"])

    assert answer.status == 200
    assert app.bodies == [b"abc"]


async def test_rule_of_a_path_changes_its_limit() -> None:
    rules = [RouteRule("/v1/media", max_body_bytes=2 * MIB)]
    front = front_of(Recorder(), rules=rules)

    assert (await ask(front, "/v1/media", method="POST", body=b"x" * 2 * MIB)).status == 200
    assert (await ask(front, "/v1/posts", method="POST", body=b"x" * 2 * MIB)).status == 413


async def test_streamed_body_reaches_the_handler_in_pieces_and_stops_at_its_limit() -> None:
    seen: list[bytes] = []

    async def take(scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            seen.append(message["body"])
            if not message["more_body"]:
                break

    rules = [RouteRule("/v1/media", max_body_bytes=10, is_streamed=True)]
    answer = await ask(front_of(Recorder(take), rules=rules), "/v1/media", method="POST", body=[b"12345"] * 5)

    assert seen == [b"12345", b"12345"]
    assert answer.status == 413


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "x"])
async def test_compressed_request_is_415(encoding: str) -> None:
    answer = await ask(
        front_of(Recorder()), method="POST", headers=[("Content-Encoding", encoding)], body=b"\x1f\x8b"
    )

    assert (answer.status, answer.code) == (415, "unsupported_media")


async def test_client_that_hangs_up_is_not_answered() -> None:
    app = Recorder()

    answer = await ask(front_of(app), method="POST", body=[b"half", None])

    assert answer.status == 0
    assert app.scopes == []


async def test_bodies_together_hold_a_bounded_memory() -> None:
    bodies = BodyReader(held_bytes=100_000)
    front = front_of(Recorder(), bodies=bodies)

    answer = await ask(front, method="POST", body=[b"x" * 60_000, b"x" * 60_000])

    assert (answer.status, answer.code) == (503, "overloaded")
    assert bodies.held == 0


class Busy:
    """Keeps each request until it is let go."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.working = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            await read_body(receive)
        self.working += 1
        await self.gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_request_too_many_is_503_at_once_and_health_is_not() -> None:
    busy = Busy()
    front = front_of(busy, max_in_flight=2)
    waiting = [asyncio.create_task(ask(front)) for _ in range(2)]
    await until(lambda: busy.working == 2)

    shed = await ask(front)
    health = asyncio.create_task(ask(front, "/health/live"))
    await until(lambda: busy.working == 3)
    busy.gate.set()

    assert (shed.status, shed.code, shed.header("retry-after")) == (503, "overloaded", "1")
    assert (await health).status == 200
    assert [(await task).status for task in waiting] == [200, 200]
    assert (await ask(front)).status == 200


async def test_request_too_many_is_refused_without_reading_its_body() -> None:
    busy = Busy()
    front = front_of(busy, max_in_flight=1)
    waiting = asyncio.create_task(ask(front))
    await until(lambda: busy.working == 1)

    async with asyncio.timeout(1):
        shed = await ask(front, method="POST", headers=[("Content-Length", "10")], body=None)
    busy.gate.set()
    await waiting

    assert shed.status == 503


async def test_body_on_its_way_takes_no_slot() -> None:
    busy = Busy()
    front = front_of(busy, max_in_flight=1)
    slow = [asyncio.create_task(ask_slowly(front)) for _ in range(50)]
    await until(lambda: len(front.visits) == 50)

    busy.gate.set()
    answer = await ask(front)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)

    assert answer.status == 200


async def test_body_that_comes_when_all_slots_are_taken_is_503() -> None:
    busy, arrived = Busy(), asyncio.Event()
    front = front_of(busy, max_in_flight=1)
    sent: list[Any] = []

    async def receive() -> Any:
        await arrived.wait()
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    posting = asyncio.create_task(
        front(scope_of("/v1/things", "POST", [(b"content-length", b"1")]), receive, send)
    )
    await until(lambda: len(front.visits) == 1)
    reading = asyncio.create_task(ask(front))
    await until(lambda: busy.working == 1)
    arrived.set()
    await posting
    busy.gate.set()

    assert sent[0]["status"] == 503
    assert (await reading).status == 200


async def ask_slowly(front: Any) -> None:
    """A body that never comes."""

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    await front(scope_of("/v1/things", "POST", [(b"content-length", b"10")]), receive, send)


async def test_open_event_stream_takes_no_slot() -> None:
    gate = asyncio.Event()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")] if scope["path"] == "/v1/stream" else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if headers:
            await gate.wait()
        await send({"type": "http.response.body", "body": b""})

    front = front_of(Recorder(stream), max_in_flight=1)
    streams = [asyncio.create_task(ask(front, "/v1/stream")) for _ in range(3)]
    await asyncio.sleep(0)
    answer = await ask(front)
    gate.set()

    assert [(await task).status for task in streams] == [200, 200, 200]
    assert answer.status == 200
    assert (await ask(front)).status == 200


async def hang(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(60)


async def hang_stubbornly(scope: Any, receive: Any, send: Any) -> None:
    for _ in range(2):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(60)


@pytest.mark.parametrize("app", [hang, hang_stubbornly])
async def test_handler_over_the_deadline_is_ended_with_503(app: Any) -> None:
    front = front_of(Recorder(app), rules=[RouteRule("/", deadline_seconds=0.05)], max_in_flight=1)

    async with asyncio.timeout(5):
        answer = await ask(front)

    assert (answer.status, answer.header("retry-after")) == (503, "1")
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_late_body_is_408() -> None:
    front = front_of(Recorder(), rules=[RouteRule("/", deadline_seconds=0.05)])
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await front(scope_of("/a", "POST", [(b"content-length", b"5")]), receive, send)

    assert sent[0]["status"] == 408


async def test_stop_of_the_server_is_not_taken_for_a_deadline() -> None:
    task = asyncio.create_task(ask(front_of(Recorder(hang))))
    await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_requests_are_counted_by_template_and_strangers_paths_are_not() -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith("/v1/posts/"):
            scope["state"]["route"] = "/v1/posts/{post_id}"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    front = front_of(Recorder(answer))
    for path in ("/v1/posts/1", "/v1/posts/2", "/made-up", "/also-made-up"):
        await ask(front, path)

    routes = {sample.labels["route"] for family in REQUESTS.collect() for sample in family.samples}
    assert "/v1/posts/{post_id}" in routes
    assert "unmatched" in routes
    assert not [route for route in routes if "made-up" in route or route.endswith("/1")]
