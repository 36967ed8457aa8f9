import asyncio
from typing import Any

import pytest

from hubbub.identity import Identity
from tests.support.identity import log_in, log_in_as, problem, register
from tests.support.mails import received
from tests.support.world import PASSWORD, Person, World

NEW = "another river, another bridge"


async def change(world: World, by: Person, current: str = PASSWORD, new: str = NEW) -> Any:
    body = {"current_password": current, "new_password": new}
    return await world.post("/v1/auth/password/change", by=by, json=body)


async def forget(world: World, address: str, **headers: str) -> Any:
    return await world.post("/v1/auth/password/forgot", json={"email": address}, headers=headers)


async def reset(world: World, token: str, password: str = NEW) -> Any:
    return await world.post("/v1/auth/password/reset", json={"token": token, "new_password": password})


async def reset_token(world: World, person: Person) -> str:
    await forget(world, f"{person.handle}@example.org")
    return (await received(world, f"{person.handle}@example.org"))[-1].token


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


async def test_changing_it_logs_other_devices_out_and_tells(world: World, ada: Person) -> None:
    phone = await log_in_as(world, ada)

    reply = await change(world, ada)

    assert reply.status_code == 204, reply.text
    assert (await world.get("/v1/me", by=ada)).status_code == 200
    assert (await world.get("/v1/me", by=phone)).status_code == 401
    assert (await log_in(world, "ada")).status_code == 401
    assert (await log_in(world, "ada", NEW)).status_code == 200
    assert [mail.subject for mail in await received(world, "ada@example.org")] == [
        "Your password was changed"
    ]


async def test_changing_it_takes_the_current_one(world: World, ada: Person) -> None:
    assert problem(await change(world, ada, current="wrong")) == (403, "wrong_password")
    assert (await log_in(world, "ada")).status_code == 200


@pytest.mark.parametrize("new", ["short", "password1", "ada@example.org"])
async def test_a_weak_new_one_is_refused(world: World, ada: Person, new: str) -> None:
    reply = await change(world, ada, new=new)

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == "/new_password"


async def test_of_five_changes_at_once_one_counts(world: World, ada: Person, patient: None) -> None:
    replies = await asyncio.gather(*(change(world, ada, new=f"{NEW} {n}") for n in range(5)))

    assert sorted(reply.status_code for reply in replies) == [204, 403, 403, 403, 403]


async def test_guessing_the_current_one_is_limited(strict: World) -> None:
    ada = await strict.person("ada")

    replies = [await change(strict, ada, current=f"guess {n}") for n in range(11)]

    assert [reply.status_code for reply in replies] == [403] * 10 + [429]
    assert "password-subject" in replies[-1].headers["ratelimit-policy"]
    assert int(replies[-1].headers["retry-after"]) >= 1


async def test_a_forgotten_one_is_set_by_the_link_in_a_mail(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)

    reply = await reset(world, token)

    assert reply.status_code == 204, reply.text
    assert (await world.get("/v1/me", by=ada)).status_code == 401
    assert (await log_in(world, "ada", NEW)).status_code == 200
    assert (await log_in(world, "ada")).status_code == 401


async def test_known_and_unknown_addresses_are_answered_alike(world: World, ada: Person) -> None:
    statements = {}
    replies = {}
    await forget(world, "warms@example.org")
    for address in ("ada@example.org", "nobody@example.org"):
        with world.db.recorded_statements() as recorded:
            replies[address] = await forget(world, address)
        statements[address] = list(recorded)

    known, unknown = replies.values()
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"{}")
    assert statements["ada@example.org"] == statements["nobody@example.org"]
    assert await received(world, "nobody@example.org") == []


async def test_a_link_works_once(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)
    await reset(world, token)

    assert problem(await reset(world, token, "a third river and bridge")) == (400, "token_invalid")
    assert (await log_in(world, "ada", NEW)).status_code == 200


async def test_of_many_uses_at_once_one_works(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)
    await world.fill_pool()

    replies = await asyncio.gather(*(reset(world, token, f"{NEW} {n}") for n in range(20)))

    assert sorted(reply.status_code for reply in replies) == [204] + [400] * 19


async def test_links_of_two_processes_work_once(world: World, other: World, ada: Person) -> None:
    token = await reset_token(world, ada)

    replies = await asyncio.gather(*(reset((world, other)[n % 2], token, f"{NEW} {n}") for n in range(10)))

    assert sorted(reply.status_code for reply in replies) == [204] + [400] * 9


async def test_a_link_ends_after_an_hour(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)
    assert await world.value("SELECT max(expires_at) <= now() + interval '60 minutes' FROM mail_tokens")
    await world.rows("UPDATE mail_tokens SET expires_at = now()")

    assert problem(await reset(world, token)) == (400, "token_invalid")


async def test_a_newer_link_ends_the_older(world: World, ada: Person) -> None:
    older, newer = await reset_token(world, ada), await reset_token(world, ada)

    assert problem(await reset(world, older)) == (400, "token_invalid")
    assert (await reset(world, newer)).status_code == 204


async def test_changing_the_password_ends_links(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)
    await change(world, ada)

    assert problem(await reset(world, token, "a third river and bridge")) == (400, "token_invalid")


async def test_a_link_for_something_else_resets_nothing(world: World) -> None:
    await register(world, "bob")
    token = (await received(world, "bob@example.org"))[0].token

    assert problem(await reset(world, token)) == (400, "token_invalid")
    assert (await log_in(world, "bob")).status_code == 200


async def test_a_weak_password_leaves_the_link_unused(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)

    weak = await reset(world, token, "short")

    assert weak.json()["errors"][0]["pointer"] == "/new_password"
    assert (await reset(world, token)).status_code == 204


async def test_what_is_no_token_costs_no_hash(world: World) -> None:
    hashing = world.services.part(Identity).hashing

    for token in ("x", "A" * 43, "é", "A" * 200):
        assert problem(await reset(world, token)) == (400, "token_invalid")

    assert hashing.hashes == 0


async def test_guessing_tokens_is_limited(strict: World) -> None:
    replies = [await reset(strict, f"guess-{n}") for n in range(12)]
    same = [await reset(strict, "guess") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [400] * 10 + [429] * 2
    assert {reply.status_code for reply in same} == {429}


async def test_asking_for_mails_is_limited_by_address_whoever_asks(strict: World) -> None:
    replies = [
        await forget(strict, "ada@example.org", **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(6)
    ]

    assert [reply.status_code for reply in replies] == [202] * 5 + [429]


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.test"}, {"X-Forwarded-Host": "evil.test"}, {"Forwarded": "host=evil.test"}],
)
async def test_links_begin_with_the_configured_origin(
    world: World, ada: Person, headers: dict[str, str]
) -> None:
    await forget(world, "ada@example.org", **headers)

    (mail,) = await received(world, "ada@example.org")

    assert "http://test/reset-password#token=" in mail.text
    assert "evil" not in mail.text


async def test_only_a_hash_of_the_token_is_kept(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)

    for table in ("mail_tokens", "outbox", "dead_letters", "idempotency_keys"):
        dump = str(await world.rows(f"SELECT t::text AS row FROM {table} t"))  # noqa: S608 - our own names
        assert token not in dump, table


async def test_letters_that_wait_are_sealed(world: World, ada: Person) -> None:
    await forget(world, "ada@example.org")
    dump = str(await world.rows("SELECT body::text FROM outbox"))

    assert "PasswordForgotten" in dump
    assert "ada@example.org" not in dump


async def test_a_reset_ends_the_row_of_failures(world: World, ada: Person) -> None:
    await world.rows("INSERT INTO login_failures VALUES ($1, 100, now())", ada.id)

    await reset(world, await reset_token(world, ada))

    assert await world.value("SELECT count(*) FROM login_failures") == 0


async def test_a_suspended_account_is_sent_no_link(world: World, ada: Person) -> None:
    await world.rows("UPDATE accounts SET state = 'suspended' WHERE id = $1", ada.id)

    await forget(world, "ada@example.org")

    assert await received(world, "ada@example.org") == []


async def test_a_repeated_request_gets_its_first_reply(world: World, ada: Person) -> None:
    token = await reset_token(world, ada)
    body = {"token": token, "new_password": NEW}
    key = {"Idempotency-Key": "k1"}

    replies = [await world.post("/v1/auth/password/reset", json=body, headers=key) for _ in range(2)]

    assert [reply.status_code for reply in replies] == [204, 204]
    assert replies[1].headers["idempotency-replayed"] == "true"


async def test_a_key_does_not_make_guesses_free(strict: World) -> None:
    statuses = [
        (
            await strict.post(
                "/v1/auth/password/reset",
                json={"token": f"guess-{n}", "new_password": NEW},
                headers={"Idempotency-Key": f"k{n}"},
            )
        ).status_code
        for n in range(12)
    ]

    assert statuses == [400] * 10 + [429] * 2
