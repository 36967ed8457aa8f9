"""Nine ways to end a login, and all that it holds: nothing is accepted or delivered afterwards.

Two processes; what ends a login happens at one of them, or beside both.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hubbub.identity import Identity, delete_person, suspend_account
from hubbub.platform.live import LiveLog
from hubbub.settings import Secret
from tests.stream.support import Client, Served, news, serve
from tests.stream.test_tickets import ticket_of
from tests.support.identity import log_in_as, refresh
from tests.support.world import PASSWORD, Person, World, open_world, settings_for
from tests.valkey.server import Server, running_server

ALLOWED_SECONDS = 5.0
AIM_SECONDS = 1.0


@dataclass(frozen=True)
class Login:
    """What is ended, and another session of the same account that may end it."""

    it: Person
    other: Person


async def log_out(world: World, login: Login) -> None:
    (await world.post("/v1/auth/logout", by=login.it)).raise_for_status()


async def revoke(world: World, login: Login) -> None:
    (await world.delete(f"/v1/auth/sessions/{login.it.session_id}", by=login.other)).raise_for_status()


async def revoke_others(world: World, login: Login) -> None:
    (await world.delete("/v1/auth/sessions?others=true", by=login.other)).raise_for_status()


async def change_password(world: World, login: Login) -> None:
    body = {"current_password": PASSWORD, "new_password": "a mountain behind the lake"}
    (await world.post("/v1/auth/password/change", by=login.other, json=body)).raise_for_status()


async def deactivate(world: World, login: Login) -> None:
    (await world.post("/v1/me/deactivate", by=login.other, json={"password": PASSWORD})).raise_for_status()


async def delete(world: World, login: Login) -> None:
    body = {"password": PASSWORD}
    (await world.request("DELETE", "/v1/me", by=login.other, json=body)).raise_for_status()


async def reuse(world: World, login: Login) -> None:
    """A refresh token that was used before comes again, much too late."""
    second = (await refresh(world, login.it.refresh_token)).json()["refresh_token"]
    await refresh(world, second)
    assert (await refresh(world, login.it.refresh_token)).status_code == 401


async def suspend(world: World, login: Login) -> None:
    sessions = await world.db.write(lambda tx: suspend_account(tx, login.it.id))
    await world.services.part(Identity).states.changed(sessions)


async def delete_by_operator(world: World, login: Login) -> None:
    ended = await world.db.write(lambda tx: delete_person(tx, login.it.id, grace_days=1))
    await world.services.part(Identity).states.revoke(ended)


Way = Callable[[World, Login], Awaitable[None]]
BY_REQUEST: list[Way] = [
    log_out,
    revoke,
    revoke_others,
    change_password,
    deactivate,
    delete,
    reuse,
    suspend,
    delete_by_operator,
]
# Nobody checks a password while there is nobody to count the guesses.
WITHOUT_VALKEY: list[Way] = [log_out, revoke, revoke_others, reuse, suspend, delete_by_operator]


async def a_login(world: World) -> Login:
    it = await world.person()
    return Login(it, await log_in_as(world, it))


async def open_all(login: Login, *at: Served) -> list[Client]:
    """A stream of each kind at each process."""
    clients = [await each.ready(login.it) for each in at]
    for each in at:
        clients.append(await each.events(login.it))
        await clients[-1].got("ready")
    return clients


@pytest.mark.parametrize("way", BY_REQUEST, ids=lambda way: way.__name__)
async def test_nothing_is_accepted_or_delivered_afterwards(served: Served, other: Served, way: Way) -> None:
    login = await a_login(served.world)
    clients = await open_all(login, served, other)
    tickets = [await ticket_of(at.world, login.it) for at in (served, other) * 2]
    code = 4003 if way is suspend else 4010

    await way(served.world, login)
    ended_at = time.monotonic()
    await other.world.services.part(LiveLog).tell([news(login.it, 1)])

    assert {await client.ended(ALLOWED_SECONDS) for client in clients} == {code}
    assert time.monotonic() - ended_at < AIM_SECONDS
    # An account goes quiet once its suspension is looked up; a session that ended, at once.
    assert way is suspend or all(client.of("feed") == [] for client in clients)
    for at in (served, other):
        assert (await at.world.get("/v1/me", by=login.it)).status_code in (401, 403)
        assert (await at.refused(login.it))[0] in (401, 403)
        assert (await at.refused(query=f"?ticket={tickets.pop()}"))[0] in (401, 403)
        events = await at.events(None, f"?ticket={tickets.pop()}")
        assert events.code in (401, 403)
    assert (await refresh(other.world, login.it.refresh_token)).status_code in (401, 403)


@pytest.fixture
def valkey() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
async def pair(
    valkey: Server, database_url: str, clean: None, tmp_path: Path
) -> AsyncIterator[tuple[Served, Served]]:
    """Two processes with a Valkey that a test may hurt."""
    settings = settings_for(database_url, valkey.url, tmp_path)
    hurt = replace(settings.valkey, url=Secret(valkey.url), deadline_seconds=0.1)
    async with AsyncExitStack() as stack:
        worlds = [
            await stack.enter_async_context(open_world(replace(settings, valkey=hurt))) for _ in range(2)
        ]
        served = [await stack.enter_async_context(serve(world)) for world in worlds]
        yield served[0], served[1]


@pytest.mark.parametrize("way", WITHOUT_VALKEY, ids=lambda way: way.__name__)
@pytest.mark.parametrize("harm", ["kill", "freeze"])
async def test_streams_end_in_time_while_valkey_is_gone(
    pair: tuple[Served, Served], valkey: Server, way: Way, harm: str
) -> None:
    login = await a_login(pair[0].world)
    clients = await open_all(login, *pair)
    ticket = await ticket_of(pair[0].world, login.it)

    getattr(valkey, harm)()
    await way(pair[0].world, login)

    code = 4003 if way is suspend else 4010
    assert {await client.ended(ALLOWED_SECONDS) for client in clients} == {code}
    for at in pair:
        assert (await at.world.get("/v1/me", by=login.it)).status_code in (401, 403)
        assert (await at.refused(query=f"?ticket={ticket}"))[0] == 503


async def test_those_whose_session_is_good_stay_while_valkey_is_gone(
    pair: tuple[Served, Served], valkey: Server
) -> None:
    login = await a_login(pair[0].world)
    clients = await open_all(login, *pair)

    valkey.kill()
    began = time.monotonic()
    while time.monotonic() - began < ALLOWED_SECONDS:
        await clients[0].say("ping")
        await clients[0].got("pong", len(clients[0].of("pong")) + 1)
        await asyncio.sleep(0.2)

    assert [client.code for client in clients] == [None] * 4
