"""What every answer carries: an id, the security headers, a cache rule; nothing of a failure's reason."""

import logging
from typing import Any

import pytest

from hubbub.errors import NotFound
from tests.front.support import Recorder, ask, front_of, scope_of

STRICT = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "private, no-store",
}


async def fail(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("SELECT secret_column")


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    raise NotFound("private detail")


@pytest.mark.parametrize(
    ("app", "path", "method", "status"),
    [
        (Recorder(), "/v1/things", "GET", 200),
        (Recorder(), "/v1/things", "HEAD", 200),
        (Recorder(refuse), "/v1/things", "GET", 404),
        (Recorder(fail), "/v1/things", "GET", 500),
        (Recorder(), "/v1//things", "GET", 404),
        (Recorder(), "/v1/%00", "GET", 400),
    ],
)
async def test_security_headers_are_on_every_answer(app: Any, path: str, method: str, status: int) -> None:
    answer = await ask(front_of(app), path, method=method)

    assert answer.status == status
    assert {name: answer.header(name) for name in STRICT} == STRICT
    assert answer.header("x-request-id")
    assert answer.header("strict-transport-security") is None


async def test_hsts_is_sent_when_the_public_address_is_https() -> None:
    answer = await ask(front_of(Recorder(), public_url="https://api.example"))

    assert answer.header("strict-transport-security") == "max-age=31536000"


async def test_headers_of_a_handler_are_kept() -> None:
    app = Recorder()
    app.headers = [
        (b"cache-control", b"public, max-age=60"),
        (b"content-security-policy", b"default-src 'self'"),
    ]

    answer = await ask(front_of(app), "/docs")

    assert answer.header("cache-control") == "public, max-age=60"
    assert answer.header("content-security-policy") == "default-src 'self'"


async def test_each_request_has_an_id_of_its_own_that_the_application_knows() -> None:
    app = Recorder()
    front = front_of(app)

    ids = [(await ask(front)).header("x-request-id") for _ in range(3)]

    assert len(set(ids)) == 3
    assert [scope["state"]["request_id"] for scope in app.scopes] == ids


@pytest.mark.parametrize("given", ["a", "trace-1.2_3", "A" * 64])
async def test_sane_request_id_of_a_client_is_kept(given: str) -> None:
    answer = await ask(front_of(Recorder()), headers=[("X-Request-Id", given)])

    assert answer.header("x-request-id") == given


@pytest.mark.parametrize("given", ["", "a b", 'a"b', "a\x1b[31m", "é", "A" * 65, "a/b", "a\r\nb"])
async def test_other_request_ids_are_replaced(given: str) -> None:
    answer = await ask(front_of(Recorder()), headers=[("X-Request-Id", given)])

    assert answer.status == 200
    assert answer.header("x-request-id") not in (given, None)


async def test_bug_is_a_500_with_the_id_and_one_log_entry(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await ask(front_of(Recorder(fail)))

    assert (answer.status, answer.code) == (500, "internal")
    assert b"SELECT" not in answer.body
    assert b"RuntimeError" not in answer.body
    assert (answer.header("x-request-id") or "-").encode() in answer.body
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is not None


async def test_bug_after_the_answer_began_is_logged_and_nothing_is_added(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail_late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    with caplog.at_level(logging.ERROR):
        answer = await ask(front_of(Recorder(fail_late)))

    assert (answer.status, answer.body) == (200, b"")
    assert len(caplog.records) == 1


async def test_error_of_ours_is_shown_without_its_detail() -> None:
    answer = await ask(front_of(Recorder(refuse)))

    assert (answer.status, answer.code) == (404, "not_found")
    assert b"private detail" not in answer.body


async def test_head_is_answered_without_a_body() -> None:
    answer = await ask(front_of(Recorder()), method="HEAD")

    assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", "2")


async def test_handshake_is_treated_like_any_request() -> None:
    opening = {"type": "hubbub.stream", "status": 101, "headers": [], "attach": None}
    app = Recorder(lambda scope, receive, send: send(opening))
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await front_of(app)({**scope_of("/v1/stream"), "type": "websocket"}, receive, send)
    await front_of(app)({**scope_of("/v1//stream"), "type": "websocket"}, receive, send)

    assert [message.get("status") for message in sent] == [101, 404, None]
    assert b"x-request-id" in dict(sent[0]["headers"])
    assert app.scopes[0]["state"]["request_id"]
