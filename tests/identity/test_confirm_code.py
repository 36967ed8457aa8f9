"""The first code of a second factor, as people type it and as they should not."""

import pytest

from tests.identity.test_totp import confirm, start
from tests.support.identity import log_in, problem
from tests.support.world import Person, World


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


@pytest.mark.parametrize(
    "code", ["१२३४५६", "é", "１２３４５６", "12345", "1234567", "abcdef", " ", "\x00" * 6, "-"]
)
async def test_what_is_no_code_is_a_wrong_code(world: World, ada: Person, code: str) -> None:
    await start(world, ada)

    assert problem(await confirm(world, ada, code)) == (422, "totp_code_wrong")
    assert (await log_in(world, "ada")).status_code == 200, "nothing is on"


async def test_a_first_code_may_be_typed_in_two_groups(world: World, ada: Person) -> None:
    phone = await start(world, ada)
    code = phone.code()

    reply = await confirm(world, ada, f"{code[:3]} {code[3:]}")

    assert (reply.status_code, len(reply.json()["recovery_codes"])) == (200, 10)


async def test_a_code_that_confirmed_opens_nothing_more(world: World, ada: Person) -> None:
    phone = await start(world, ada)
    code = phone.code()
    await confirm(world, ada, code)

    assert problem(await log_in(world, "ada", totp=code)) == (401, "invalid_credentials")


async def test_starting_anew_makes_the_secret_before_worthless(world: World, ada: Person) -> None:
    first = await start(world, ada)
    second = await start(world, ada)

    assert problem(await confirm(world, ada, first.code())) == (422, "totp_code_wrong")
    assert (await confirm(world, ada, second.code())).status_code == 200


async def test_the_factor_is_of_one_account(world: World, ada: Person) -> None:
    bob = await world.person("bob")
    phone = await start(world, ada)
    await start(world, bob)

    assert problem(await confirm(world, bob, phone.code())) == (422, "totp_code_wrong")
    assert (await confirm(world, ada, phone.code())).status_code == 200
    assert (await world.get("/v1/me", by=bob)).json()["totp_enabled"] is False
