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


async def test_text_is_cleaned_and_entities_are_found(world: World) -> None:
    ada = await world.person()

    account = await change(world, ada, display_name="  Ada\n L ", bio="By @bob.b on #maths, example.org\n")

    assert (account.display_name, account.bio) == ("Ada L", "By @bob.b on #maths, example.org")
    assert [mention.handle for mention in account.bio_entities.mentions] == ["bob.b"]
    assert [tag.tag for tag in account.bio_entities.tags] == ["maths"]
    assert [link.url for link in account.bio_entities.links] == ["https://example.org"]


async def test_change_raises_the_version_and_is_announced_and_no_change_is_not(world: World) -> None:
    ada = await world.person()
    first = await change(world, ada, bio="Hello")

    second = await change(world, ada, bio="Hello ")

    assert second.version == first.version
    assert await world.announced("AccountChanged") == 1


async def test_fields_and_links_are_replaced_as_a_whole(world: World) -> None:
    ada = await world.person()
    await change(world, ada, fields=[ProfileField("Home", "Here")], links=["https://a.example"])

    account = await change(
        world,
        ada,
        fields=[ProfileField(" Town ", "There")],
        links=["HTTP://B.example/ü", "http://b.example/ü"],
    )

    assert account.fields == (ProfileField("Town", "There"),)
    assert account.links == ("http://b.example/%C3%BC",)


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"display_name": "x" * 61}, ["/display_name"]),
        ({"bio": "x" * 1001}, ["/bio"]),
        ({"bio": "a\u202eb", "display_name": "a\u200bb"}, ["/display_name", "/bio"]),
        ({"fields": [ProfileField("a", "b")] * 9}, ["/fields"]),
        (
            {"fields": [ProfileField("a", "b"), ProfileField(" ", "x" * 201)]},
            ["/fields/1/name", "/fields/1/value"],
        ),
        ({"links": ["https://a.example"] * 6}, ["/links"]),
        ({"links": ["https://a.example", "javascript:alert(1)"]}, ["/links/1"]),
        ({"links": ["https://a@b.example"]}, ["/links/0"]),
        ({"links": ["//b.example"]}, ["/links/0"]),
        ({"links": ["data:text/html,x"]}, ["/links/0"]),
        ({"locale": "english!"}, ["/locale"]),
    ],
)
async def test_every_refused_part_is_named_and_nothing_is_written(
    world: World, changes: dict[str, Any], pointers: list[str]
) -> None:
    ada = await world.person()

    with pytest.raises(Invalid) as refused:
        await change(world, ada, **changes)

    assert sorted(error.pointer for error in refused.value.errors) == sorted(pointers)
    assert await world.announced("AccountChanged") == 0


async def test_only_becoming_public_opens_an_account(world: World) -> None:
    ada = await world.person()
    for is_private in (True, False):
        await change(world, ada, is_private=is_private)

    rows = await world.rows(
        """
        SELECT body->>'has_opened' AS opened FROM outbox
        WHERE kind = 'AccountChanged' AND consumer = 'record' ORDER BY id
        """
    )
    assert [row["opened"] for row in rows] == ["false", "true"]
