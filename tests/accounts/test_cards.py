import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from hubbub.accounts import (
    ProfileChanges,
    load_cards,
    lock_account,
    refresh_account,
    update_profile,
)
from hubbub.accounts.cards import FORMAT
from hubbub.app import open_services
from hubbub.platform.kept import keep
from hubbub.platform.services import Services
from hubbub.platform.valkey import ValkeyUnavailable
from hubbub.settings import Secret
from hubbub.visibility import load_facts
from tests.support.world import Person, World


@asynccontextmanager
async def other_process(world: World) -> AsyncIterator[Services]:
    async with open_services(world.services.settings) as services:
        yield services


async def rename(world: World, who: Person, name: str) -> None:
    async with world.db.transaction() as tx:
        account = await lock_account(tx, who.id)
        await update_profile(tx, account=account, changes=ProfileChanges(display_name=name))


async def rename_and_die(world: World, who: Person, name: str) -> None:
    """Commit, and not come to say so."""

    async def die(changes: dict[str, set[int]]) -> None:
        pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.db, "after_changes", die)
        await rename(world, who, name)


async def name_in(services: Services, who: Person) -> str:
    return (await load_cards(services, [who.id]))[who.id].display_name


async def until_name(services: Services, who: Person, name: str) -> None:
    async with asyncio.timeout(5):
        while await name_in(services, who) != name:  # noqa: ASYNC110 - a message of Valkey has no event
            await asyncio.sleep(0.005)


async def test_card_is_loaded_once_and_then_kept(world: World) -> None:
    ada = await world.person()
    costs = []
    for _ in range(2):
        with world.db.recorded_statements() as statements:
            await asyncio.gather(*(load_cards(world.services, [ada.id]) for _ in range(20)))
        costs.append(len(statements))

    assert costs == [1, 0]


async def test_other_process_finds_the_card_in_valkey(world: World) -> None:
    ada = await world.person()
    await load_cards(world.services, [ada.id])

    async with other_process(world) as other:
        with other.db.recorded_statements() as statements:
            cards = await load_cards(other, [ada.id])

    assert cards[ada.id].handle == ada.handle
    assert statements == []


async def test_cards_come_in_the_order_asked_for_without_who_is_missing(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await load_cards(world.services, [bob.id])

    cards = await load_cards(world.services, [ada.id, 99, bob.id, ada.id])

    assert list(cards) == [ada.id, bob.id]


async def test_refreshed_card_is_new_in_every_process(world: World) -> None:
    ada = await world.person()
    async with other_process(world) as other:
        await name_in(other, ada)
        await name_in(world.services, ada)

        await rename(world, ada, "Countess")
        await refresh_account(world.services, ada.id)

        assert await name_in(world.services, ada) == "Countess"
        await until_name(other, ada, "Countess")


async def test_event_refreshes_the_card_when_the_process_died_before_it_could(world: World) -> None:
    ada = await world.person()
    await name_in(world.services, ada)
    await rename_and_die(world, ada, "Countess")
    assert await name_in(world.services, ada) != "Countess"

    await world.settle()

    assert await name_in(world.services, ada) == "Countess"


async def test_no_card_is_older_than_the_version_that_the_reader_knows(world: World) -> None:
    """Neither the process's own copy nor Valkey's, both of which missed the change here."""
    ada = await world.person()
    await name_in(world.services, ada)
    await rename_and_die(world, ada, "Countess")

    async with world.db.connection() as tx:
        facts = await load_facts(tx, viewer_id=0, account_ids=[ada.id])
    cards = await load_cards(world.services, [ada.id], versions=facts.versions())

    assert cards[ada.id].display_name == "Countess"
    async with other_process(world) as other:
        assert await name_in(other, ada) == "Countess"


async def test_flushed_valkey_changes_nothing(world: World) -> None:
    ada = await world.person()
    await name_in(world.services, ada)
    await world.services.valkey.command("FLUSHALL")

    async with other_process(world) as other:
        assert await name_in(other, ada) == await name_in(world.services, ada)


async def test_unreadable_entry_is_replaced(world: World) -> None:
    ada = await world.person()
    card, profile = (f"{kind}:{FORMAT}:{{{ada.id}}}" for kind in ("card", "profile"))
    await keep(
        world.services.valkey, {card: b'{"version":1,"json":{"id":5}}', profile: b"\xff"}, ttl_ms=9_000
    )

    assert (await load_cards(world.services, [ada.id]))[ada.id].handle == ada.handle
    assert (await world.get(f"/v1/accounts/{ada.id}")).json()["handle"] == ada.handle


async def test_without_valkey_cards_come_from_the_database_and_changes_are_not_lost(world: World) -> None:
    ada = await world.person()
    settings = world.services.settings
    away = replace(settings.valkey, url=Secret("redis://127.0.0.1:1"), deadline_seconds=0.1)
    dead = replace(settings, valkey=away)
    async with open_services(dead) as services:
        assert await name_in(services, ada) != "Countess"

        await rename(world, ada, "Countess")
        await refresh_account(services, ada.id)

        assert await name_in(services, ada) == "Countess"
        with pytest.raises(ValkeyUnavailable):
            await services.valkey.ping()
