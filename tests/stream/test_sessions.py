"""A stream lives as long as its token, and ends with its session."""

import asyncio
import time

import pytest

from hubbub.identity import Identity, suspend_account
from hubbub.stream import session_watch
from tests.stream.support import Client, Served
from tests.support.identity import log_in_as
from tests.support.world import Person, World


async def token_for(world: World, person: Person, seconds: int) -> str:
    access = world.services.part(Identity).access
    before, access.ttl_seconds = access.ttl_seconds, seconds
    try:
        return await access.issue(person.id, person.session_id)
    finally:
        access.ttl_seconds = before


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_watch, "SWEEP_SECONDS", 0.05)


async def short_lived(served: Served, person: Person, seconds: int) -> Client:
    token = await token_for(served.world, person, seconds)
    return await served.ready(Person(person.id, person.handle, token))


async def test_a_token_that_runs_out_is_announced_once_and_closes_the_stream(
    served: Served, ada: Person, quick: None
) -> None:
    client = await short_lived(served, ada, 2)

    assert await client.ended() == 4001
    assert len(client.of("session")) == 1
    assert client.of("session")[0]["state"] == "expiring"
    assert client.of("session")[0]["expires_in"] in (0, 1)


async def test_server_sent_events_end_with_the_token_too(served: Served, ada: Person, quick: None) -> None:
    token = await token_for(served.world, ada, 1)

    client = await served.events(Person(ada.id, ada.handle, token))

    assert await client.ended() == 4001
    assert client.of("close") == [{"code": 4001, "reason": "token_expired"}]


async def test_a_newer_token_keeps_the_stream(served: Served, ada: Person, quick: None) -> None:
    client = await short_lived(served, ada, 1)

    await client.say("auth", token=ada.token)

    assert (await client.got("renewed"))["expires_at"] > "2026"
    await asyncio.sleep(1.3)
    await client.answered()
    assert client.code is None


async def test_after_a_newer_token_the_stream_belongs_to_its_session(
    served: Served, ada: Person, quick: None
) -> None:
    client = await served.ready(ada)
    second = await log_in_as(served.world, ada)
    await client.say("auth", token=second.token)
    await client.got("renewed")

    await served.world.post("/v1/auth/logout", by=ada)
    await client.answered()
    await served.world.post("/v1/auth/logout", by=second)

    assert await client.ended() == 4010


async def test_a_token_of_somebody_else_changes_nothing(served: Served, ada: Person, bea: Person) -> None:
    client = await served.ready(ada)

    await client.say("auth", token=bea.token)

    assert (await client.got("error"))["code"] == "wrong_account"
    await served.world.post("/v1/auth/logout", by=ada)
    assert await client.ended() == 4010


@pytest.mark.parametrize("token", ["x", "a.b.c"])
async def test_what_is_no_token_changes_nothing(served: Served, ada: Person, token: str) -> None:
    client = await served.ready(ada)

    await client.say("auth", token=token)

    assert (await client.got("error"))["code"] == "invalid_token"
    await client.answered()


async def test_a_session_that_ends_closes_its_streams_on_every_process(
    served: Served, other: Served, ada: Person
) -> None:
    clients = [await served.ready(ada), await other.ready(ada), await other.events(ada)]
    stays = await other.ready(await log_in_as(served.world, ada))

    began = time.monotonic()
    await served.world.post("/v1/auth/logout", by=ada)

    assert [await client.ended() for client in clients] == [4010] * 3
    assert time.monotonic() - began < 1
    await stays.answered()


async def test_a_suspension_closes_all_streams_of_the_account(
    served: Served, other: Served, ada: Person
) -> None:
    clients = [await served.ready(ada), await other.ready(ada)]

    sessions = await served.world.db.write(lambda tx: suspend_account(tx, ada.id))
    await served.world.services.part(Identity).states.changed(sessions)

    assert [await client.ended() for client in clients] == [4003] * 2
    assert await other.refused(ada) == (403, "account_suspended")


async def test_what_was_not_heard_is_asked_for(
    served: Served, other: Served, ada: Person, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    """Another process ended the session and could tell nobody."""
    monkeypatch.setattr(session_watch, "CALM_SECONDS", 0.1)
    client = await other.ready(ada)

    await served.world.rows(
        "UPDATE sessions SET revoked_at = now() WHERE id = $1 RETURNING id", ada.session_id
    )

    assert await client.ended() == 4010


async def test_a_thousand_streams_are_asked_about_in_one_statement(
    served: Served, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [ada, *[await served.world.person() for _ in range(9)]]
    clients = [await served.ready(person) for person in people]

    with served.world.counted() as cost:
        served.world.services.part(Identity).states.distrust()
        await asyncio.sleep(0.1)

    assert len([each for each in cost.statements if "unnest" in each]) == 1
    assert all(client.code is None for client in clients)
