"""Every operation of an account's own, sent wrongly: refused by a stable code, at the wrong field."""

from typing import Any

import pytest

from tests.support.identity import problem
from tests.support.world import PASSWORD, Person, World

REGISTER = {"handle": "bob", "email": "bob@example.org", "password": PASSWORD}
# Method, path, and a body in order; those of the second table need a token.
OPEN: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/auth/register", REGISTER),
    ("POST", "/v1/auth/login", {"login": "ada", "password": PASSWORD}),
    ("POST", "/v1/auth/refresh", {"refresh_token": "x"}),
    ("POST", "/v1/auth/password/forgot", {"email": "ada@example.org"}),
    ("POST", "/v1/auth/password/reset", {"token": "x", "new_password": PASSWORD}),
    ("POST", "/v1/auth/email/verify", {"token": "x"}),
]
OWN: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/auth/reauthenticate", {"password": PASSWORD}),
    ("POST", "/v1/auth/password/change", {"current_password": PASSWORD, "new_password": PASSWORD}),
    ("POST", "/v1/auth/email/change", {"email": "new@example.org", "password": PASSWORD}),
    ("POST", "/v1/auth/totp/confirm", {"code": "123456"}),
    ("PATCH", "/v1/me", {"bio": "new"}),
    ("DELETE", "/v1/me", {"password": PASSWORD}),
    ("POST", "/v1/me/deactivate", {"password": PASSWORD}),
    ("PATCH", "/v1/me/preferences", {"theme": "dark"}),
    ("PATCH", "/v1/auth/sessions/7", {"name": "phone"}),
]
BARE = [
    ("GET", "/v1/me"),
    ("GET", "/v1/me/preferences"),
    ("GET", "/v1/auth/sessions"),
    ("DELETE", "/v1/auth/sessions?others=true"),
    ("DELETE", "/v1/auth/sessions/7"),
    ("POST", "/v1/auth/logout"),
    ("POST", "/v1/auth/totp"),
    ("DELETE", "/v1/auth/totp"),
    ("POST", "/v1/auth/totp/recovery-codes"),
    ("POST", "/v1/auth/email/resend"),
]
BODIES = [*OPEN, *OWN]
IDS = [f"{method} {path}" for method, path, _ in BODIES]
# So long that every bounded text refuses it, and so short that no body is too large.
LONG = "x" * 30_000


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


def found(reply: Any) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in reply.json()["errors"]}


async def unchanged(world: World) -> list[dict[str, Any]]:
    return await world.rows(
        """
        SELECT a.handle, a.bio, a.state, c.email, c.password_hash, c.email_verified_at,
            (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM outbox) AS events
        FROM accounts a JOIN credentials c ON c.account_id = a.id
        """
    )


@pytest.mark.parametrize(("method", "path", "body"), BODIES, ids=IDS)
async def test_every_wrong_field_is_named_and_nothing_is_done(
    world: World, ada: Person, method: str, path: str, body: dict[str, Any]
) -> None:
    before = await unchanged(world)
    sent: dict[str, Any] = {name: {"deep": [1]} for name in body} | {"is_admin": True}

    reply = await world.request(method, path, by=ada, json=sent)

    assert problem(reply) == (422, "invalid")
    codes = dict(found(reply))
    assert codes.pop("/is_admin") == "unknown_field"
    assert codes.keys() == {f"/{name}" for name in body}
    assert set(codes.values()) <= {"wrong_type", "unknown_value"}
    assert await unchanged(world) == before


@pytest.mark.parametrize(("method", "path", "body"), BODIES, ids=IDS)
async def test_text_longer_than_any_is_refused_before_any_work(
    world: World, ada: Person, method: str, path: str, body: dict[str, Any]
) -> None:
    with world.counted() as cost:
        reply = await world.request(method, path, by=ada, json={name: LONG for name in body})

    assert reply.status_code in (413, 422), reply.text
    if reply.status_code == 422:
        assert {pointer for pointer, _ in found(reply)} == {f"/{name}" for name in body}
        assert {code for _, code in found(reply)} <= {"too_long", "unknown_value"}
    assert not [statement for statement in cost.statements if "INSERT" in statement or "UPDATE" in statement]


@pytest.mark.parametrize(("method", "path", "body"), BODIES, ids=IDS)
async def test_what_is_no_object_is_refused(
    world: World, ada: Person, method: str, path: str, body: dict[str, Any]
) -> None:
    for raw in (b"", b"{", b"[]", b'"text"', b"null", b'{"a":1} {}', b"\xff"):
        headers = {"Content-Type": "application/json"}
        reply = await world.request(method, path, by=ada, content=raw, headers=headers)

        assert problem(reply) in ((400, "malformed_json"), (422, "invalid")), raw
        assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path", "body"), [*OWN, *((method, path, None) for method, path in BARE)])
async def test_without_a_token_nothing_of_ones_own_is_answered(
    world: World, ada: Person, method: str, path: str, body: Any
) -> None:
    missing = await world.request(method, path, json=body)
    wrong = await world.request(method, path, json=body, headers={"Authorization": "Bearer of news"})

    assert (problem(missing), problem(wrong)) == ((401, "unauthorized"), (401, "invalid_token"))
    assert "Bearer" in missing.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path", "body"), BODIES, ids=IDS)
async def test_a_parameter_that_nobody_asked_for_changes_nothing(
    world: World, ada: Person, method: str, path: str, body: dict[str, Any]
) -> None:
    before = await unchanged(world)

    reply = await world.request(method, f"{path}?is_admin=true", by=ada, json={"nothing": 1, **body})

    assert reply.status_code == 422
    assert ("/nothing", "unknown_field") in found(reply)
    assert await unchanged(world) == before


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("handle", "", "too_short"),
        ("handle", "a b", "handle_invalid"),
        ("handle", "admin", "handle_reserved"),
        ("email", "bob", "email_invalid"),
        ("email", "bob@", "email_invalid"),
        ("password", "bob", "password_too_short"),
        ("display_name", "n" * 61, "too_long"),
        ("display_name", "a\x00b", "invalid_text"),
    ],
)
async def test_a_sign_up_is_refused_at_its_field(world: World, field: str, value: str, code: str) -> None:
    reply = await world.post("/v1/auth/register", json={**REGISTER, field: value})

    assert found(reply) == {(f"/{field}", code)}
    assert await world.value("SELECT count(*) FROM accounts") == 0
