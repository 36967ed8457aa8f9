"""What is said of accounts, and what stays when one is closed for good."""

import pytest

from hubbub.accounts import AccountPurged, State, set_role
from hubbub.platform.outbox import announce
from tests.support.announcements import announcements, forget_announcements
from tests.support.world import World


async def test_new_account_is_announced_once(world: World) -> None:
    ada = await world.person()

    assert await announcements(world, "AccountCreated") == [("AccountCreated", {"account_id": ada.id})]


@pytest.mark.parametrize("state", ["deactivated", "suspended", "deleting", "deleted"])
async def test_change_of_state_is_announced_and_raises_the_version(world: World, state: State) -> None:
    ada = await world.person()
    version = await world.value("SELECT version FROM accounts")
    await forget_announcements(world)

    for _ in range(2):
        await world.set_state(ada, state)

    assert await announcements(world) == [("AccountStateChanged", {"account_id": ada.id, "state": state})]
    assert await world.value("SELECT version FROM accounts") == version + 1


async def test_role_changes_once_and_shows_nowhere(world: World) -> None:
    ada = await world.person()
    before = (await world.get(f"/v1/accounts/{ada.id}")).json()

    async with world.db.transaction() as tx:
        changed = [await set_role(tx, ada.id, "moderator") for _ in range(2)]

    assert changed == [True, False]
    assert (await world.get(f"/v1/accounts/{ada.id}")).json() == before


async def test_purged_account_is_nothing_but_its_id_and_handle(world: World) -> None:
    ada = await world.person("ada", role="admin")
    body = {
        "bio": "Of #rivers",
        "fields": [{"name": "Town", "value": "Here"}],
        "links": ["https://a.example"],
    }
    (await world.patch("/v1/me", by=ada, json=body)).raise_for_status()

    async with world.db.transaction() as tx:
        await announce(tx, AccountPurged(account_id=ada.id))
    await world.settle()

    [row] = await world.rows(
        "SELECT handle, display_name || bio AS text, bio_entities::text, fields::text, links::text, locale,"
        " is_private, is_discoverable, role, state FROM accounts"
    )
    assert list(row.values()) == ["ada", "", "{}", "[]", "[]", "en", True, False, "member", "deleted"]


async def test_purge_may_be_repeated(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(bob, ada)
    await world.write(ada)

    for _ in range(2):
        async with world.db.transaction() as tx:
            await announce(tx, AccountPurged(account_id=ada.id))
        await world.settle()

    assert (await world.counts(bob))["following"] == 0
    assert await world.rows("SELECT id FROM posts") == []
