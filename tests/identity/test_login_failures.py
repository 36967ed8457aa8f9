"""The row of wrong passwords: counted one by one, and ended by who can prove to be the owner."""

import asyncio

import pytest

from hubbub.identity.service import login
from tests.identity.test_totp import protect
from tests.support.identity import log_in, problem
from tests.support.mails import received
from tests.support.world import Person, World

STRANGER = "203.0.113.9"


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


async def failures(world: World) -> int | None:
    found: int | None = await world.value("SELECT failures FROM login_failures")
    return found


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.org"])
async def test_each_wrong_password_counts_by_whatever_name(world: World, ada: Person, name: str) -> None:
    for expected in (1, 2, 3):
        await log_in(world, name, "wrong")
        assert await failures(world) == expected


async def test_wrong_passwords_at_once_all_count(world: World, ada: Person, patient: None) -> None:
    await world.fill_pool()

    await asyncio.gather(*(log_in(world, "ada", "wrong") for _ in range(6)))

    assert await failures(world) == 6


async def test_the_right_password_ends_the_row(world: World, ada: Person) -> None:
    await log_in(world, "ada", "wrong")

    assert (await log_in(world, "ada")).status_code == 200
    assert await failures(world) is None


async def test_a_name_that_nobody_has_leaves_no_row(world: World, ada: Person) -> None:
    await log_in(world, "nobody", "wrong")
    await log_in(world, "nobody@example.org", "wrong")

    assert await failures(world) is None


async def test_somebody_elses_failures_are_theirs(world: World, ada: Person) -> None:
    await world.person("bob")

    await log_in(world, "bob", "wrong")
    await log_in(world, "ada")

    assert await failures(world) == 1


async def test_the_right_password_without_its_code_does_not_end_the_row(world: World, ada: Person) -> None:
    await protect(world, ada)
    await log_in(world, "ada", "wrong")

    assert problem(await log_in(world, "ada")) == (401, "totp_required")
    assert problem(await log_in(world, "ada", totp="000000")) == (401, "invalid_credentials")
    assert await failures(world) == 1


async def test_with_a_second_factor_any_number_of_failures_locks_nobody_out(
    world: World, ada: Person
) -> None:
    phone, _ = await protect(world, ada)
    await world.rows("DELETE FROM sessions")
    await world.rows(
        "INSERT INTO login_failures (account_id, failures, failed_at) VALUES ($1, $2, now())",
        ada.id,
        login.MAX_FAILURES * 10,
    )

    assert (await log_in(world, "ada", totp=phone.code())).status_code == 200
    assert await failures(world) is None


@pytest.mark.parametrize(("number", "status"), [(99, 200), (100, 401)])
async def test_the_hundredth_failure_is_the_last_for_strangers(
    world: World, ada: Person, number: int, status: int
) -> None:
    await world.rows("DELETE FROM sessions")
    await world.rows(
        "INSERT INTO login_failures (account_id, failures, failed_at) VALUES ($1, $2, now())", ada.id, number
    )

    assert (await log_in(world, "ada")).status_code == status


async def test_the_owner_gets_back_in_by_mail(world: World, ada: Person) -> None:
    await world.rows("DELETE FROM sessions")
    await world.rows(
        "INSERT INTO login_failures (account_id, failures, failed_at) VALUES ($1, 100, now())", ada.id
    )
    await world.post("/v1/auth/password/forgot", json={"email": "ada@example.org"})
    body = {"token": (await received(world, "ada@example.org"))[-1].token, "new_password": "over the hills"}

    reset = await world.post("/v1/auth/password/reset", json=body)

    assert reset.status_code == 204, reset.text
    assert (await log_in(world, "ada", "over the hills")).status_code == 200
