"""Web apps of the settings' origins may call; others get nothing."""

from typing import Any

import pytest

from tests.front.support import Recorder, ask, front_of, scope_of

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


async def open_from(origin: str | None, **settings: Any) -> int:
    """The status of a handshake of a page of this origin."""
    sent: list[Any] = []
    opening = {"type": "hubbub.stream", "status": 101, "headers": [], "attach": None}
    front = front_of(Recorder(lambda scope, receive, send: send(opening)), **settings)
    headers = [(b"host", b"api.example")] + ([(b"origin", origin.encode())] if origin is not None else [])

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await front({**scope_of("/v1/stream", "GET", headers), "type": "websocket"}, receive, send)
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize("origin", STRANGERS)
@pytest.mark.parametrize("origins", [(), (OURS,)])
async def test_page_of_a_stranger_opens_no_websocket(origin: str, origins: tuple[str, ...]) -> None:
    assert await open_from(origin, cors_origins=origins) == 403
    assert await open_from(origin, cors_origins=origins, public_url="https://api.example") == 403


@pytest.mark.parametrize(
    ("origin", "settings"),
    [
        (None, {}),
        (None, {"cors_origins": (OURS,)}),
        (OURS, {"cors_origins": (OURS,)}),
        ("https://api.example", {}),
        ("http://api.example", {"cors_origins": (OURS,)}),
        ("https://hubbub.example", {"public_url": "https://hubbub.example"}),
        ("https://anybody.example", {"cors_origins": ("*",)}),
    ],
)
async def test_websocket_is_opened_for_our_pages_and_for_what_is_no_page(
    origin: str | None, settings: dict[str, Any]
) -> None:
    assert await open_from(origin, **settings) == 101
