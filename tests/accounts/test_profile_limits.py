"""A profile at its bounds is stored whole; what may be left out is left as it was."""

from typing import Any

import pytest

from hubbub.accounts import Account, ProfileChanges, ProfileField, lock_account, update_profile
from hubbub.errors import Invalid
from tests.support.world import Person, World


async def change(world: World, who: Person, **changes: Any) -> Account:
    async with world.db.transaction() as tx:
        return await update_profile(
            tx, account=await lock_account(tx, who.id), changes=ProfileChanges(**changes)
        )


LARGEST: dict[str, Any] = {
    "display_name": "é" * 60,
    "bio": "é" * 1000,
    "fields": tuple(ProfileField(f"{number}" * 40, "v" * 200) for number in range(8)),
    "links": tuple(f"https://a.example/{number}" for number in range(5)),
}


@pytest.mark.parametrize("field", LARGEST)
async def test_largest_is_stored_whole(world: World, field: str) -> None:
    ada = await world.person()

    account = await change(world, ada, **{field: LARGEST[field]})

    assert getattr(account, field) == LARGEST[field]


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("fields", (*LARGEST["fields"], ProfileField("a", "b")), "/fields"),
        ("links", (*LARGEST["links"], "https://b.example"), "/links"),
        ("fields", [ProfileField("n" * 41, "v")], "/fields/0/name"),
        ("fields", [ProfileField("n", "v" * 201)], "/fields/0/value"),
        ("fields", [ProfileField("n", " ")], "/fields/0/value"),
    ],
)
async def test_more_is_refused_where_it_stands(world: World, field: str, value: Any, pointer: str) -> None:
    ada = await world.person()

    with pytest.raises(Invalid) as refused:
        await change(world, ada, **{field: value})

    assert [error.pointer for error in refused.value.errors] == [pointer]


async def test_link_given_twice_is_kept_once(world: World) -> None:
    ada = await world.person()

    account = await change(
        world, ada, links=["https://b.example/", "https://a.example/", "https://b.example/"]
    )

    assert account.links == ("https://b.example/", "https://a.example/")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("is_discoverable", False),
        ("is_private", True),
        ("locale", "pt-BR"),
        ("bio", "New"),
        ("display_name", ""),
    ],
)
async def test_change_of_one_part_leaves_all_others(world: World, field: str, value: Any) -> None:
    ada = await world.person()
    before = await change(world, ada, bio="Old", links=["https://a.example/"], display_name="Ada")

    after = await change(world, ada, **{field: value})

    parts = ("display_name", "bio", "fields", "links", "locale", "is_private", "is_discoverable")
    expected = {part: getattr(before, part) for part in parts} | {field: value}
    assert {part: getattr(after, part) for part in parts} == expected


async def test_empty_parts_clear_what_was_there(world: World) -> None:
    ada = await world.person()
    await change(
        world, ada, bio="About #rivers", links=["https://a.example/"], fields=[ProfileField("a", "b")]
    )

    account = await change(world, ada, bio="", links=[], fields=[])

    assert (account.bio, account.bio_entities.tags, account.links, account.fields) == ("", (), (), ())
