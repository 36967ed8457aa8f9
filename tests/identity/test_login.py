import asyncio
from typing import Any

import pytest
from argon2 import PasswordHasher

from hubbub.identity import Identity
from hubbub.identity.hashing import PasswordHashing
from tests.support.identity import log_in, problem, register
from tests.support.world import PASSWORD, World


def hashing(world: World) -> PasswordHashing:
    return world.services.part(Identity).hashing


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.org", "Ada@EXAMPLE.org"])
async def test_handle_and_address_in_any_case_log_in(world: World, login: str) -> None:
    await register(world, "ada")

    reply = await log_in(world, login)

    assert reply.status_code == 200, reply.text
    assert set(reply.json()) == {"account", "access_token", "refresh_token", "token_type", "expires_in"}


async def test_unknown_name_and_wrong_password_are_answered_alike(world: World) -> None:
    await world.person("ada")

    replies = [
        await log_in(world, "ada", "wrong password"),
        await log_in(world, "nobody", "wrong password"),
        await log_in(world, "nobody@example.org", "wrong password"),
        await log_in(world, "no name at all!", "wrong password"),
    ]

    shown = {(r.status_code, r.text.replace(r.json()["request_id"], "")) for r in replies}
    assert len(shown) == 1
    assert problem(replies[0]) == (401, "invalid_credentials")


@pytest.mark.parametrize("login", ["ada", "nobody", "ada@example.org", "nobody@example.org"])
async def test_known_and_unknown_names_cost_the_same_hash_and_statements(world: World, login: str) -> None:
    await world.person("ada")
    await log_in(world, "ada", "warms up")
    await log_in(world, "warms@example.org", "up")
    before = hashing(world).hashes

    with world.db.recorded_statements() as statements:
        await log_in(world, login, "wrong password")

    assert hashing(world).hashes == before + 1
    assert len(statements) == EXPECTED_STATEMENTS


# Find the account, its credentials; begin, no wait for the disk, count the failure, commit.
EXPECTED_STATEMENTS = 6


async def test_a_password_is_one_however_it_is_typed(world: World) -> None:
    await register(world, "ada", password="café au lait ﬁn")

    reply = await log_in(world, "ada", "cafe\u0301 au lait fin")

    assert reply.status_code == 200


async def test_passwords_that_differ_behind_the_72nd_byte_differ(world: World) -> None:
    await register(world, "ada", password="many different words " * 4 + "a")

    reply = await log_in(world, "ada", "many different words " * 4 + "b")

    assert problem(reply) == (401, "invalid_credentials")


async def test_a_hash_of_other_parameters_is_renewed_at_log_in(world: World) -> None:
    ada = await world.person("ada")
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    await world.rows("UPDATE credentials SET password_hash = $2 WHERE account_id = $1", ada.id, weak)

    reply = await log_in(world, "ada")

    assert reply.status_code == 200
    stored = await world.value("SELECT password_hash FROM credentials WHERE account_id = $1", ada.id)
    assert "m=19456,t=2,p=1" in stored
    assert (await log_in(world, "ada")).status_code == 200


async def test_a_suspended_account_is_told_so_only_with_the_right_password(world: World) -> None:
    ada = await world.person("ada")
    await world.rows("UPDATE accounts SET state = 'suspended' WHERE id = $1", ada.id)

    right, wrong = await log_in(world, "ada"), await log_in(world, "ada", "wrong password")

    assert problem(right) == (403, "account_suspended")
    assert problem(wrong) == (401, "invalid_credentials")


async def test_logging_in_wakes_a_deactivated_account(world: World) -> None:
    ada = await world.person("ada")
    await world.post("/v1/me/deactivate", by=ada, json={"password": PASSWORD})

    reply = await log_in(world, "ada")

    assert reply.status_code == 200
    assert await world.value("SELECT state FROM accounts WHERE id = $1", ada.id) == "active"


async def test_a_new_session_is_made_though_an_old_one_is_shown(world: World) -> None:
    ada = await world.person("ada")

    reply = await world.post("/v1/auth/login", by=ada, json={"login": "ada", "password": PASSWORD})

    assert reply.status_code == 200
    assert await world.value("SELECT count(*) FROM sessions WHERE account_id = $1", ada.id) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"login": "ada"},
        {"login": "ada", "password": 5},
        {"login": "ada", "password": ""},
        {"login": "", "password": "x"},
        {"login": "ada", "password": "x", "otp": "1"},
        {"login": "ada", "password": "x", "totp": "1" * 21},
        {"login": "ada", "password": "x" * 1026},
        {"login": "a" * 400, "password": "x"},
    ],
)
async def test_bodies_that_are_no_log_in_are_refused(world: World, body: dict[str, Any]) -> None:
    reply = await world.post("/v1/auth/login", json=body)

    assert reply.status_code == 422
    assert hashing(world).hashes == 0


@pytest.mark.parametrize("password", [r"\ud800", "\\u0000", r"\udfff x"])
async def test_text_that_is_no_text_is_no_fault_of_ours(world: World, password: str) -> None:
    await world.person("ada")

    reply = await world.post(
        "/v1/auth/login",
        content=f'{{"login": "ada", "password": "{password}"}}',
        headers={"Content-Type": "application/json"},
    )

    assert reply.status_code in (400, 401, 422)


async def test_strangers_who_guess_are_stopped_and_a_known_device_is_not(strict: World) -> None:
    await register(strict, "ada")
    await log_in(strict, "ada", ip="192.0.2.1")

    guesses = [await log_in(strict, "ada", f"guess {n}", ip=f"203.0.113.{n}") for n in range(12)]
    own = await log_in(strict, "ada", ip="192.0.2.1")
    stranger = await log_in(strict, "ada", ip="203.0.113.200")

    assert [reply.status_code for reply in guesses] == [401] * 10 + [429] * 2
    assert own.status_code == 200
    assert stranger.status_code == 429
    assert "login-subject" in stranger.headers["ratelimit-policy"]


async def test_spent_budget_tells_nobody_whose_address_it_is(strict: World) -> None:
    await register(strict, "ada")
    for n in range(11):
        by_name = await log_in(strict, "ada", "guess", ip=f"203.0.113.{n}")

    statuses = [
        (await log_in(strict, login, "guess", ip="198.51.100.1")).status_code
        for login in ("ada@example.org", "eve@example.org")
    ]

    assert by_name.status_code == 429
    assert statuses == [401, 401]


@pytest.mark.parametrize("handle", ["ada", "eve"])
async def test_spellings_of_one_address_share_a_budget_whoever_has_it(strict: World, handle: str) -> None:
    await register(strict, "ada", email="ada@xn--bcher-kva.example")
    spellings = (f"{handle}@xn--bcher-kva.example", f"{handle.upper()}@bücher.example")

    replies = [await log_in(strict, spellings[n % 2], "guess", ip=f"203.0.113.{n}") for n in range(11)]

    assert [reply.status_code for reply in replies] == [401] * 10 + [429]


async def test_one_address_reaches_the_hash_twenty_five_times_at_most(strict: World) -> None:
    before = hashing(strict).hashes

    replies = [await log_in(strict, f"name{n}", "guess", ip="203.0.113.5") for n in range(40)]

    assert hashing(strict).hashes - before <= 25
    assert replies[-1].status_code == 429


async def test_addresses_of_one_ipv6_network_are_one_client(strict: World) -> None:
    before = hashing(strict).hashes

    for n in range(40):
        await log_in(strict, f"name{n}", "guess", ip=f"2001:db8:1:2::{n:x}")

    assert hashing(strict).hashes - before <= 25


async def test_logging_in_rightly_costs_no_budget(strict: World) -> None:
    await register(strict, "ada")

    replies = [await log_in(strict, "ada", ip="192.0.2.1") for _ in range(30)]

    assert {reply.status_code for reply in replies} == {200}


async def test_after_a_hundred_failures_a_password_alone_opens_nothing_on_a_new_device(
    strict: World,
) -> None:
    await register(strict, "ada")
    await log_in(strict, "ada", ip="192.0.2.1")
    await strict.rows("INSERT INTO login_failures SELECT account_id, 100, now() FROM credentials")

    stranger = await log_in(strict, "ada", ip="203.0.113.1")
    known = await log_in(strict, "ada", ip="192.0.2.1")
    again = await log_in(strict, "ada", ip="203.0.113.1")

    assert problem(stranger) == (401, "invalid_credentials")
    assert known.status_code == 200
    assert again.status_code == 200, "a right log-in ends the row of failures"


async def test_without_valkey_nobody_guesses(strict: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from hubbub.platform.valkey import Valkey, ValkeyUnavailable

    async def away(*_: object, **__: object) -> None:
        raise ValkeyUnavailable("away")

    await register(strict, "ada")
    monkeypatch.setattr(Valkey, "command", away)
    before = hashing(strict).hashes

    reply = await log_in(strict, "ada", ip="192.0.2.1")

    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) >= 1
    assert hashing(strict).hashes == before


async def test_a_log_in_that_races_with_a_password_change_opens_no_session(world: World) -> None:
    ada = await world.person("ada")
    real = hashing(world).verify

    async def slowly(password: str, encoded: str | None) -> bool:
        is_right = await real(password, encoded)
        await world.rows("UPDATE credentials SET password_hash = 'changed' WHERE account_id = $1", ada.id)
        return is_right

    hashing(world).verify = slowly  # type: ignore[method-assign]
    reply = await log_in(world, "ada")

    assert problem(reply) == (401, "invalid_credentials")
    assert await world.value("SELECT count(*) FROM sessions WHERE account_id = $1", ada.id) == 1


async def test_many_log_ins_at_once_all_get_in_or_are_told_to_wait(world: World) -> None:
    await world.person("ada")

    replies = await asyncio.gather(*(log_in(world, "ada") for _ in range(60)))

    assert {reply.status_code for reply in replies} <= {200, 503}
    refused = [reply for reply in replies if reply.status_code == 503]
    assert {problem(reply) for reply in refused} == {(503, "busy")}
    assert all(int(reply.headers["retry-after"]) >= 1 for reply in refused)
