import asyncio
from typing import Any

import pytest

from hubbub.identity import Identity
from tests.support.identity import problem, register
from tests.support.mails import received
from tests.support.world import PASSWORD, World


async def test_signing_up_answers_tokens_that_work(world: World) -> None:
    reply = await register(world, "ada", display_name="Ada L.")

    assert reply.status_code == 201, reply.text
    body = reply.json()
    assert body["account"]["handle"] == "ada"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    me = await world.get("/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert (me.json()["email"], me.json()["display_name"]) == ("ada@example.org", "Ada L.")


async def test_a_person_of_the_world_is_logged_in(world: World) -> None:
    bob = await world.person("bob")

    reply = await world.get("/v1/me", by=bob)

    assert reply.json()["handle"] == "bob"
    assert reply.json()["email_verified"] is True


async def test_signing_up_mails_a_link_to_confirm_the_address(world: World) -> None:
    await register(world, "ada")

    mails = await received(world, "ada@example.org")

    assert [mail.subject for mail in mails] == ["Confirm your e-mail address"]
    assert "http://test/verify-email#token=" in mails[0].text


async def test_of_many_sign_ups_for_one_handle_one_succeeds_and_nothing_of_the_others_is_left(
    world: World,
) -> None:
    await world.fill_pool()

    replies = await asyncio.gather(
        *(register(world, "ada", email=f"ada{number}@example.org") for number in range(50))
    )

    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 49
    assert {reply.json()["code"] for reply in replies if reply.status_code == 409} == {"handle_taken"}
    for table in ("accounts", "credentials", "emails", "sessions", "mail_tokens"):
        assert await world.value(f"SELECT count(*) FROM {table}") == 1, table  # noqa: S608 - our own names


async def test_handles_that_race_between_processes_are_claimed_once(world: World, other: World) -> None:
    replies = await asyncio.gather(
        *(register((world, other)[n % 2], "ada", email=f"ada{n}@example.org") for n in range(10))
    )

    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 9
    assert await world.value("SELECT count(*) FROM accounts") == 1
    assert await world.value("SELECT count(*) FROM emails") == 1


async def test_a_taken_handle_costs_no_hash(world: World) -> None:
    await register(world, "ada")
    before = world.services.part(Identity).hashing.hashes

    reply = await register(world, "ADA", email="other@example.org")

    assert problem(reply) == (409, "handle_taken")
    assert world.services.part(Identity).hashing.hashes == before


async def test_a_taken_address_is_refused_whatever_its_case_and_leaves_no_account(world: World) -> None:
    await register(world, "ada")

    reply = await register(world, "bob", email="ADA@Example.ORG")

    assert problem(reply) == (409, "email_taken")
    assert await world.value("SELECT count(*) FROM accounts") == 1
    assert await world.value("SELECT count(*) FROM handles WHERE name = 'bob'") == 0


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"handle": "a b"}, "/handle", "handle_invalid"),
        ({"handle": "admin"}, "/handle", "handle_reserved"),
        ({"email": "no-address"}, "/email", "email_invalid"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "/email", "email_invalid"),
        ({"password": "short"}, "/password", "password_too_short"),
        ({"password": "password1"}, "/password", "password_breached"),
        ({"password": "p" * 2000}, "/password", "too_long"),
        ({"password": "nul\x00nul\x00nul"}, "/password", "invalid_text"),
        ({"display_name": "n" * 61}, "/display_name", "too_long"),
        ({"role": "admin"}, "/role", "unknown_field"),
    ],
)
async def test_what_is_not_in_order_is_named(
    world: World, changes: dict[str, Any], pointer: str, code: str
) -> None:
    body = {"handle": "ada", "email": "ada@example.org", "password": PASSWORD, **changes}

    reply = await world.post("/v1/auth/register", json=body)

    assert reply.status_code == 422, reply.text
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in reply.json()["errors"]]
    assert await world.value("SELECT count(*) FROM accounts") == 0


async def test_all_errors_are_named_at_once(world: World) -> None:
    reply = await register(world, "a b", email="nowhere", password="short")

    pointers = [error["pointer"] for error in reply.json()["errors"]]
    assert pointers == ["/handle", "/email", "/password"]


async def test_a_password_too_long_reaches_no_hash(world: World) -> None:
    before = world.services.part(Identity).hashing.hashes

    reply = await register(world, "ada", password="x" * 1_000_000)

    assert reply.status_code in (413, 422)
    assert world.services.part(Identity).hashing.hashes == before


async def test_the_same_idempotency_key_gives_the_first_reply(world: World) -> None:
    body = {"handle": "ada", "email": "ada@example.org", "password": PASSWORD}
    headers = {"Idempotency-Key": "k1"}

    first = await world.post("/v1/auth/register", json=body, headers=headers)
    second = await world.post("/v1/auth/register", json=body, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["idempotency-replayed"] == "true"


async def test_the_sixth_sign_up_from_an_address_within_half_an_hour_waits(strict: World) -> None:
    replies = [
        await strict.post(
            "/v1/auth/register",
            json={"handle": f"bot{n}x", "email": f"bot{n}@example.org", "password": PASSWORD},
            headers={"X-Forwarded-For": "203.0.113.9"},
        )
        for n in range(6)
    ]

    assert [reply.status_code for reply in replies] == [201] * 5 + [429]
    assert int(replies[5].headers["retry-after"]) >= 1


async def test_tagged_addresses_of_one_mailbox_share_a_budget(strict: World) -> None:
    replies = [
        await strict.post(
            "/v1/auth/register",
            json={"handle": f"bot{n}x", "email": f"bot+{n}@example.org", "password": PASSWORD},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        )
        for n in range(6)
    ]

    assert [reply.status_code for reply in replies] == [201] * 5 + [429]
