from typing import Any

import pytest

from tests.support.identity import log_in, person_of, problem, register
from tests.support.mails import received
from tests.support.world import PASSWORD, Person, World


async def verify(world: World, token: str) -> Any:
    return await world.post("/v1/auth/email/verify", json={"token": token})


async def ask(world: World, by: Person, email: str, password: str = PASSWORD) -> Any:
    return await world.post("/v1/auth/email/change", by=by, json={"email": email, "password": password})


async def own_email(world: World, person: Person) -> tuple[str, bool]:
    me = (await world.get("/v1/me", by=person)).json()
    return me["email"], me["email_verified"]


async def test_the_link_confirms_the_address(world: World) -> None:
    ada = person_of(await register(world, "ada"))
    assert await own_email(world, ada) == ("ada@example.org", False)
    token = (await received(world, "ada@example.org"))[0].token

    reply = await verify(world, token)

    assert reply.status_code == 204, reply.text
    assert await own_email(world, ada) == ("ada@example.org", True)
    assert problem(await verify(world, token)) == (400, "token_invalid")


async def test_another_mail_can_be_asked_for_until_it_is_confirmed(world: World) -> None:
    ada = person_of(await register(world, "ada"))

    reply = await world.post("/v1/auth/email/resend", by=ada)

    first, second = (mail.token for mail in await received(world, "ada@example.org"))
    assert reply.status_code == 202
    assert problem(await verify(world, first)) == (400, "token_invalid")
    assert (await verify(world, second)).status_code == 204
    again = await world.post("/v1/auth/email/resend", by=ada)
    assert problem(again) == (409, "email_verified")


async def test_a_new_address_counts_once_its_link_is_used(world: World) -> None:
    ada = await world.person("ada")

    reply = await ask(world, ada, "ada@new.example.org")

    assert reply.status_code == 202
    assert await own_email(world, ada) == ("ada@example.org", True)
    (notice,) = await received(world, "ada@example.org")
    assert "ada@new.example.org" in notice.text
    assert "token=" not in notice.text
    (mail,) = await received(world, "ada@new.example.org")
    assert (await verify(world, mail.token)).status_code == 204
    assert await own_email(world, ada) == ("ada@new.example.org", True)
    assert (await log_in(world, "ada@new.example.org")).status_code == 200
    assert (await log_in(world, "ada@example.org")).status_code == 401
    assert (await register(world, "bob", email="ada@example.org")).status_code == 201


async def test_changing_it_takes_the_password(world: World) -> None:
    ada = await world.person("ada")

    assert problem(await ask(world, ada, "ada@new.example.org", "wrong")) == (403, "wrong_password")
    assert await received(world, "ada@new.example.org") == []


async def test_that_an_address_is_taken_shows_only_in_its_mails(world: World) -> None:
    ada = await world.person("ada")
    await world.person("bob")

    taken = await ask(world, ada, "bob@example.org")
    free = await ask(world, ada, "free@example.org")

    assert (taken.status_code, taken.content) == (free.status_code, free.content) == (202, b"{}")
    (mail,) = await received(world, "bob@example.org")
    assert "token=" not in mail.text
    assert "ada" not in mail.text


async def test_an_address_that_is_taken_meanwhile_stays_with_its_owner(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "new@example.org")
    token = (await received(world, "new@example.org"))[0].token
    await register(world, "bob", email="new@example.org")

    assert problem(await verify(world, token)) == (409, "email_taken")
    assert await own_email(world, ada) == ("ada@example.org", True)


async def test_a_new_password_stops_a_change_of_address(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "thief@example.org")
    body = {"current_password": PASSWORD, "new_password": "another river, another bridge"}
    await world.post("/v1/auth/password/change", by=ada, json=body)
    token = (await received(world, "thief@example.org"))[0].token

    assert problem(await verify(world, token)) == (400, "token_invalid")


async def test_a_change_of_address_ends_links_to_the_old_one(world: World) -> None:
    ada = await world.person("ada")
    await world.post("/v1/auth/password/forgot", json={"email": "ada@example.org"})
    reset = (await received(world, "ada@example.org"))[0].token
    await ask(world, ada, "ada@new.example.org")
    await verify(world, (await received(world, "ada@new.example.org"))[0].token)

    body = {"token": reset, "new_password": "another river, another bridge"}
    reply = await world.post("/v1/auth/password/reset", json=body)

    assert problem(reply) == (400, "token_invalid")


async def test_only_the_case_of_an_address_can_change_too(world: World) -> None:
    ada = await world.person("ada")
    await ask(world, ada, "Ada@example.org")
    token = (await received(world, "Ada@example.org"))[-1].token

    assert (await verify(world, token)).status_code == 204
    assert await own_email(world, ada) == ("Ada@example.org", True)


@pytest.mark.parametrize("email", ["nowhere", "a@b\r\nBcc: c@example.org", "a@example.org, b@example.org"])
async def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    ada = await world.person("ada")

    reply = await ask(world, ada, email)

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == "/email"


async def test_mails_are_limited(strict: World) -> None:
    ada = person_of(await register(strict, "ada"))

    replies = [await strict.post("/v1/auth/email/resend", by=ada) for _ in range(6)]

    assert [reply.status_code for reply in replies] == [202] * 5 + [429]
