"""Secrets, looked for in all that others can get at: every answer, Valkey, the logs."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis.asyncio

from hubbub.notifications import KINDS
from hubbub.platform.http import Route
from tests.support.operations import ROUTES, Call
from tests.support.world import PASSWORD, Person, World
from tests.visibility.vault import Scene, hide_everything

pytestmark = pytest.mark.asyncio(loop_scope="package")
IDS = """
SELECT id FROM posts UNION SELECT id FROM accounts UNION SELECT id FROM sessions UNION SELECT id FROM lists
UNION SELECT id FROM notices UNION SELECT id FROM conversations UNION SELECT id FROM messages
ORDER BY id
"""
BODIES: dict[str, Any] = {
    "createComment": {"text": "Let me in"},
    "editPost": {"text": "Mine now"},
    "renameSession": {"name": "Mine now"},
    "voteInPoll": {"choices": [0]},
    "updateList": {"title": "Mine now"},
    "readNotifications": {"up_to": "7"},
    "updateNotificationPreferences": {"policy": {"new_accounts": "filter"}},
}


def calls(route: Route, scene: Scene, ids: list[int]) -> Iterator[Call]:
    """The operation about each id there is; what has no id in its path once, with all it could be asked."""
    name = route.operation
    if any(parameter.endswith("_id") for parameter in route.parameters):
        yield from (Call(name, dict.fromkeys(route.parameters, id_), body=BODIES.get(name)) for id_ in ids)
    elif "notification" in route.parameters:
        yield from (Call(name, {"notification": f"{kind}-{id_}"}) for kind in KINDS for id_ in ids)
    elif "ids" in (route.query.__struct_fields__ if route.query else ()):
        yield from (
            Call(name, query={"ids": ",".join(map(str, ids[at : at + 100]))})
            for at in range(0, len(ids), 100)
        )
    elif route.parameters:
        values = {"tag": scene.tag, "handle": scene.owner.handle, "name": "docs.js"}
        yield Call(name, {parameter: values[parameter] for parameter in route.parameters})
    else:
        yield Call(name)


async def crawl(
    world: World, scene: Scene, reader: Person | None, methods: tuple[str, ...]
) -> dict[str, set[str]]:
    """Which secrets were told, by the operation that told them; in bodies and headers of any answer."""
    ids = [row["id"] for row in await world.rows(IDS)]
    found: dict[str, set[str]] = {}
    for route in ROUTES.values():
        if route.method not in methods:
            continue
        for call in calls(route, scene, ids):
            reply = await call.send(world, reader)
            assert reply.status_code < 500, f"{call}: {reply.text}"
            if told := scene.vault.found_in(reply.text + str(reply.headers.raw)):
                found[route.operation] = found.get(route.operation, set()) | told
    return found


async def test_nothing_secret_is_told_to_others(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scene = await hide_everything(world)

    for who, reader in scene.readers.items():
        assert await crawl(world, scene, reader, ("GET",)) == {}, who

    # The same crawl does find what its owner may read, so it would have found it for others.
    told = set[str]().union(*(await crawl(world, scene, scene.owner, ("GET",))).values())
    hidden = {"deleted post", "e-mail address asked for", "access token", "refresh token"}
    hidden |= {"post of a private account", "later post of a private account"}
    assert told == set(scene.vault.texts) - hidden
    assert scene.vault.found_in(caplog.text) == set()
    # Posts stand in Valkey as they do in PostgreSQL, for whoever may see them; nothing else does.
    written, rest = await dump_valkey(world)
    assert "card:" in rest
    assert scene.vault.found_in(rest) == set()
    assert {
        what for what in scene.vault.found_in(written) if not re.search("post|comment|quote", what)
    } == set()
    assert "deleted post" not in scene.vault.found_in(written)


async def test_nothing_secret_is_told_to_those_who_try_to_change_it(world: World) -> None:
    scene = await hide_everything(world)

    for who, reader in scene.readers.items():
        assert await crawl(world, scene, reader, ("PUT", "PATCH", "DELETE")) == {}, who


async def test_passwords_and_tokens_are_in_no_log_and_not_in_valkey(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await world.person("ada")

    login = (await world.post("/v1/auth/login", json={"login": "ada", "password": PASSWORD})).json()
    await world.post("/v1/auth/login", json={"login": "ada", "password": f"{PASSWORD}!"})
    refresh = {"refresh_token": login["refresh_token"]}
    renewed = (await world.post("/v1/auth/refresh", json=refresh)).json()

    seen = caplog.text + "".join(await dump_valkey(world))
    given = [login["access_token"], login["refresh_token"], renewed["access_token"], renewed["refresh_token"]]
    assert [secret for secret in [PASSWORD, "ada@example.org", *given] if secret in seen] == []


async def dump_valkey(world: World) -> tuple[str, str]:
    """Keys and values: those of posts, and all others."""
    client = redis.asyncio.Redis.from_url(world.services.settings.valkey.url)
    try:
        parts = [b"%b %b" % (key, await client.dump(key) or b"") async for key in client.scan_iter()]
    finally:
        await client.aclose()
    written = [part for part in parts if part.startswith(b"post:")]
    rest = [part for part in parts if not part.startswith(b"post:")]
    return b"\n".join(written).decode("latin-1"), b"\n".join(rest).decode("latin-1")
