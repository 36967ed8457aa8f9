"""Tickets open one stream, once, for those whose session is still good."""

import asyncio

import pytest

from hubbub.identity import Identity
from hubbub.platform.http import Viewer
from hubbub.stream import tickets
from hubbub.stream.tickets import TICKET_SECONDS, Tickets
from tests.stream.support import Served
from tests.support.world import Person, World


async def ticket_of(world: World, person: Person) -> str:
    reply = await world.post("/v1/stream/tickets", by=person)
    assert reply.status_code == 201, reply.text
    assert reply.json()["expires_in"] == TICKET_SECONDS
    ticket: str = reply.json()["ticket"]
    return ticket


async def test_a_ticket_opens_one_stream(served: Served, ada: Person) -> None:
    ticket = await ticket_of(served.world, ada)

    client = await served.open(query=f"?ticket={ticket}")

    await client.got("ready")
    assert await served.refused(query=f"?ticket={ticket}") == (401, "invalid_ticket")


async def test_of_many_who_use_a_ticket_at_once_one_gets_in(
    served: Served, other: Served, ada: Person
) -> None:
    ticket = await ticket_of(served.world, ada)

    async def attempt(at: Served) -> bool:
        try:
            await at.open(query=f"?ticket={ticket}")
        except Exception:
            return False
        return True

    results = await asyncio.gather(*(attempt(at) for at in (served, other) * 5))

    assert sum(results) == 1


async def test_a_ticket_opens_server_sent_events_at_another_process(
    served: Served, other: Served, ada: Person
) -> None:
    client = await other.events(None, f"?ticket={await ticket_of(served.world, ada)}")

    await client.got("ready")


async def test_valkey_holds_only_a_hash_and_for_thirty_seconds(world: World, ada: Person) -> None:
    ticket = await ticket_of(world, ada)

    keys: list[bytes] = await world.services.valkey.command("KEYS", "ticket:*")
    assert len(keys) == 1
    assert ticket.encode() not in keys[0]
    assert 29_000 < await world.services.valkey.command("PTTL", keys[0]) <= 30_000


async def test_an_old_ticket_is_refused(served: Served, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "TICKET_SECONDS", 0.02)
    ticket = await served.world.services.part(Tickets).issue(Viewer(ada.id, ada.session_id, expires_at=2**40))
    await asyncio.sleep(0.1)

    assert await served.refused(query=f"?ticket={ticket}") == (401, "invalid_ticket")


@pytest.mark.parametrize("ticket", ["", "x", "a" * 43, "a" * 64, "..%2F..%2Fsession", "a" * 42 + "%0a"])
async def test_what_was_never_a_ticket_is_refused(served: Served, ticket: str) -> None:
    assert (await served.refused(query=f"?ticket={ticket}"))[0] == 401


async def test_a_ticket_of_an_ended_session_is_refused(served: Served, ada: Person) -> None:
    ticket = await ticket_of(served.world, ada)
    await served.world.post("/v1/auth/logout", by=ada)

    assert await served.refused(query=f"?ticket={ticket}") == (401, "invalid_token")


async def test_a_ticket_of_a_token_that_ran_out_is_refused(served: Served, ada: Person) -> None:
    ticket = await served.world.services.part(Tickets).issue(Viewer(ada.id, ada.session_id, expires_at=1))

    assert await served.refused(query=f"?ticket={ticket}") == (401, "invalid_ticket")


async def test_a_ticket_is_no_access_token_and_an_access_token_no_ticket(served: Served, ada: Person) -> None:
    ticket = await ticket_of(served.world, ada)

    reply = await served.world.get("/v1/me", headers={"Authorization": f"Bearer {ticket}"})

    assert (reply.status_code, reply.json()["code"]) == (401, "invalid_token")
    assert (await served.world.get(f"/v1/me?ticket={ticket}")).status_code == 401
    assert (await served.refused(query=f"?ticket={ada.token}"))[0] in (401, 422)


async def test_a_stream_opened_by_ticket_lives_as_long_as_the_token(served: Served, ada: Person) -> None:
    token = await served.world.services.part(Identity).access.verify(ada.token)
    ticket = await ticket_of(served.world, ada)

    viewer = await served.world.services.part(Tickets).redeem(ticket)

    assert viewer == Viewer(ada.id, ada.session_id, "member", token.expires_at)
