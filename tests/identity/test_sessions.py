import asyncio

import pytest

from hubbub.identity.clients import Client
from tests.support.identity import log_in_as, problem, refresh
from tests.support.world import PASSWORD, World


async def test_sessions_are_the_devices_newest_first(world: World) -> None:
    ada = await world.person("ada")
    phone = await log_in_as(world, ada)

    reply = await world.get("/v1/auth/sessions", by=phone)

    items = reply.json()["items"]
    assert [(item["name"], item["is_current"]) for item in items] == [
        ("Firefox on Linux", True),
        ("Unknown device", False),
    ]
    assert items[0]["user_agent"].startswith("Mozilla/5.0")
    assert items[0]["ip"] == "127.0.0.1"
    assert items[0]["created_at"] <= items[0]["last_used_at"]


async def test_sessions_come_in_pages_both_ways(world: World) -> None:
    ada = await world.person("ada")
    for _ in range(4):
        await log_in_as(world, ada)

    first = (await world.get("/v1/auth/sessions?limit=2", by=ada)).json()
    second = (await world.get(f"/v1/auth/sessions?limit=2&cursor={first['next']}", by=ada)).json()
    back = (await world.get(f"/v1/auth/sessions?limit=2&cursor={second['prev']}", by=ada)).json()

    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == sorted(ids, key=int, reverse=True)
    assert len(set(ids)) == 4
    assert back["items"] == first["items"]


async def test_a_session_can_be_given_a_name(world: World) -> None:
    ada = await world.person("ada")

    reply = await world.patch(f"/v1/auth/sessions/{ada.session_id}", by=ada, json={"name": "The old laptop"})

    assert (reply.status_code, reply.json()["name"]) == (200, "The old laptop")
    listed = await world.get("/v1/auth/sessions", by=ada)
    assert listed.json()["items"][0]["name"] == "The old laptop"


@pytest.mark.parametrize("name", ["", " ", "n" * 61, "a\x00b"])
async def test_a_name_that_says_nothing_is_refused(world: World, name: str) -> None:
    ada = await world.person("ada")

    reply = await world.patch(f"/v1/auth/sessions/{ada.session_id}", by=ada, json={"name": name})

    assert reply.status_code == 422


async def test_a_revoked_device_is_out_and_others_are_in(world: World) -> None:
    ada = await world.person("ada")
    phone = await log_in_as(world, ada)

    reply = await world.delete(f"/v1/auth/sessions/{ada.session_id}", by=phone)

    assert reply.status_code == 204
    assert problem(await world.get("/v1/me", by=ada)) == (401, "invalid_token")
    assert problem(await refresh(world, ada.refresh_token)) == (401, "invalid_refresh_token")
    assert (await world.get("/v1/me", by=phone)).status_code == 200
    assert len((await world.get("/v1/auth/sessions", by=phone)).json()["items"]) == 1


@pytest.mark.parametrize("method", ["delete", "patch"])
async def test_a_session_of_somebody_else_is_like_one_that_never_was(world: World, method: str) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    body = {"json": {"name": "mine"}} if method == "patch" else {}

    theirs = await world.request(method.upper(), f"/v1/auth/sessions/{bob.session_id}", by=ada, **body)
    never = await world.request(method.upper(), "/v1/auth/sessions/12345", by=ada, **body)
    no_id = await world.request(method.upper(), "/v1/auth/sessions/x", by=ada, **body)

    assert {problem(reply) for reply in (theirs, never, no_id)} == {(404, "session_not_found")}
    assert (await world.get("/v1/me", by=bob)).status_code == 200


async def test_all_other_devices_can_be_logged_out(world: World) -> None:
    ada = await world.person("ada")
    others = [await log_in_as(world, ada) for _ in range(3)]

    reply = await world.delete("/v1/auth/sessions?others=true", by=ada)

    assert reply.status_code == 204
    assert (await world.get("/v1/me", by=ada)).status_code == 200
    assert {(await world.get("/v1/me", by=device)).status_code for device in others} == {401}


@pytest.mark.parametrize("query", ["", "?others=false", "?others=", "?all=true"])
async def test_logging_everything_out_must_be_meant(world: World, query: str) -> None:
    ada = await world.person("ada")

    reply = await world.delete(f"/v1/auth/sessions{query}", by=ada)

    assert reply.status_code == 422


async def test_logging_out_ends_access_and_refresh(world: World) -> None:
    ada = await world.person("ada")
    assert (await world.get("/v1/me", by=ada)).status_code == 200

    reply = await world.post("/v1/auth/logout", by=ada)

    assert reply.status_code == 204
    assert problem(await world.get("/v1/me", by=ada)) == (401, "invalid_token")
    assert problem(await world.post("/v1/auth/logout", by=ada)) == (401, "invalid_token")
    assert problem(await refresh(world, ada.refresh_token)) == (401, "invalid_refresh_token")
    assert await world.announced("SessionRevoked") == 1


async def test_the_session_used_longest_ago_makes_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from hubbub.identity.service import sessions

    monkeypatch.setattr(sessions, "MAX_SESSIONS", 3)
    ada = await world.person("ada")
    newer = [await log_in_as(world, ada) for _ in range(3)]

    statuses = [(await refresh(world, device.refresh_token)).status_code for device in (ada, *newer)]

    assert statuses == [401, 200, 200, 200]
    assert await world.value("SELECT count(*) FROM sessions WHERE revoked_at IS NULL") == 3


async def test_revoking_one_session_five_times_at_once_announces_it_once(world: World) -> None:
    ada = await world.person("ada")
    await log_in_as(world, ada)
    phone_id = await world.value("SELECT id FROM sessions WHERE id <> $1", ada.session_id)

    replies = await asyncio.gather(*(world.delete(f"/v1/auth/sessions/{phone_id}", by=ada) for _ in range(5)))

    assert sorted(reply.status_code for reply in replies) == [204] + [404] * 4
    assert await world.announced("SessionRevoked") == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.9", "curl"),
        ("", "Unknown device"),
    ],
)
def test_devices_are_named_as_people_call_them(agent: str, name: str) -> None:
    assert Client(ip="", user_agent=agent).name == name


async def test_what_a_user_agent_hides_is_not_kept(world: World) -> None:
    await world.person("ada")
    body = {"login": "ada", "password": PASSWORD}

    reply = await world.post("/v1/auth/login", json=body, headers={"User-Agent": "x" * 5000 + "\x01<script>"})

    assert reply.status_code == 200
    stored = await world.value("SELECT user_agent FROM sessions ORDER BY id DESC LIMIT 1")
    assert len(stored) == 300
