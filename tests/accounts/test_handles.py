import asyncio
from collections.abc import Sequence

import pytest

from hubbub.accounts import (
    Account,
    HandleTaken,
    create_account,
    find_account_id,
    find_account_ids,
    set_state,
)
from hubbub.errors import Invalid
from hubbub.platform.ids import new_id
from hubbub.platform.text.handles import parse_handle
from tests.support.world import World


async def join(world: World, handle: str, display_name: str = "") -> Account:
    async with world.db.transaction() as tx:
        return await create_account(
            tx, account_id=new_id(), handle=parse_handle(handle), display_name=display_name
        )


async def ids_of(world: World, handles: Sequence[str]) -> dict[str, int]:
    async with world.db.connection() as tx:
        return await find_account_ids(tx, handles)


async def test_new_account_is_found_by_its_handle_in_any_case(world: World) -> None:
    ada = await join(world, "Ada.L")

    async with world.db.connection() as tx:
        assert await find_account_id(tx, "ADA.l") == ada.id
    assert ada.handle == "ada.l"
    assert await world.announced("AccountCreated") == 1


@pytest.mark.parametrize(("first", "second"), [("rob", "r0b"), ("r0b", "rob"), ("r0b", "R0B"), ("mo", "rno")])
async def test_handle_that_looks_like_another_is_taken(world: World, first: str, second: str) -> None:
    await join(world, first)

    with pytest.raises(HandleTaken):
        await join(world, second)

    assert await world.value("SELECT count(*) FROM accounts") == 1


async def test_look_alike_finds_nobody(world: World) -> None:
    ada = await join(world, "r0b")

    assert await ids_of(world, ["rob", "r0b", "no such", "nobody"]) == {"r0b": ada.id}


async def test_handle_of_a_deleted_account_stays_taken(world: World) -> None:
    ada = await join(world, "ada")
    async with world.db.transaction() as tx:
        await set_state(tx, ada.id, "deleted")

    with pytest.raises(HandleTaken):
        await join(world, "ada")


async def test_one_of_many_at_once_gets_the_handle(world: World) -> None:
    results = await asyncio.gather(
        *(join(world, handle) for handle in ["r0b", "rob"] * 8), return_exceptions=True
    )

    winners = [result for result in results if isinstance(result, Account)]
    assert len(winners) == 1
    assert all(isinstance(result, Account | HandleTaken) for result in results)
    assert await world.value("SELECT count(*) FROM accounts") == 1


async def test_too_long_name_is_refused_and_claims_nothing(world: World) -> None:
    with pytest.raises(Invalid):
        await join(world, "ada", "x" * 61)

    assert await world.value("SELECT count(*) FROM handles") == 0
