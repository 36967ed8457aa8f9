"""Web apps of the settings' origins may call; others get nothing."""

import pytest

from tests.front.support import Recorder, ask, front_of

OURS = "https://app.example"
PREFLIGHT = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")]
STRANGERS = [
    "https://evil.example",
    "https://app.example.evil.example",
    "https://evil-app.example",
    "http://app.example",
    "https://app.example:444",
    "https://APP.example",
    "null",
    "",
]


async def test_our_origin_may_read_answers_and_their_headers() -> None:
    answer = await ask(front_of(Recorder(), cors_origins=(OURS,)), headers=[("Origin", OURS)])

    assert answer.header("access-control-allow-origin") == OURS
    exposed = (answer.header("access-control-expose-headers") or "").split(", ")
    assert {"RateLimit", "Link", "ETag", "X-Request-Id", "Idempotency-Replayed", "Retry-After"} <= set(
        exposed
    )
    assert answer.header("vary") == "Origin"
    assert answer.header("access-control-allow-credentials") is None


async def test_errors_can_be_read_too() -> None:
    answer = await ask(front_of(Recorder(), cors_origins=(OURS,)), "/v1//a", headers=[("Origin", OURS)])

    assert answer.status == 404
    assert answer.header("access-control-allow-origin") == OURS


@pytest.mark.parametrize("origin", STRANGERS)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_stranger_gets_no_permission(origin: str, method: str) -> None:
    front = front_of(Recorder(), cors_origins=(OURS,))
    headers = [("Origin", origin), *(PREFLIGHT if method == "OPTIONS" else [])]

    answer = await ask(front, method=method, headers=headers)

    assert not [name for name, _ in answer.headers if name.startswith("access-control-")]
    assert answer.header("vary") == "Origin"


async def test_without_origins_there_is_no_cors() -> None:
    answer = await ask(front_of(Recorder()), headers=[("Origin", OURS)])

    assert not [name for name, _ in answer.headers if name.startswith("access-control-")]
    assert answer.header("vary") is None


async def test_preflight_is_answered_here() -> None:
    app = Recorder()

    answer = await ask(
        front_of(app, cors_origins=(OURS,)), method="OPTIONS", headers=[("Origin", OURS), *PREFLIGHT]
    )

    assert answer.status == 204
    assert answer.header("access-control-allow-origin") == OURS
    assert answer.header("access-control-allow-methods") == "GET, HEAD, POST, PUT, PATCH, DELETE"
    assert "Authorization" in (answer.header("access-control-allow-headers") or "")
    assert app.scopes == []


async def test_other_options_go_to_the_application() -> None:
    app = Recorder()

    await ask(front_of(app, cors_origins=(OURS,)), method="OPTIONS", headers=[("Origin", OURS)])

    assert len(app.scopes) == 1


async def test_star_allows_every_origin() -> None:
    answer = await ask(front_of(Recorder(), cors_origins=("*",)), headers=[("Origin", "https://any.example")])

    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("vary") is None
