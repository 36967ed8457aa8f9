"""A session that has ended is refused by every process within a second, whatever Valkey does meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubbub.identity import Identity, suspend_account, unsuspend_account
from hubbub.identity.session_states import ASK, LIVE, REVOKED, SessionState, key_of
from hubbub.platform.db import Database, DatabaseUnavailable
from hubbub.platform.http import Viewer
from hubbub.platform.valkey import Valkey, ValkeyUnavailable
from hubbub.settings import Secret
from tests.support.identity import log_in_as, problem, refresh, seconds_until, status
from tests.support.world import PASSWORD, Person, World, open_world

ALLOWED_SECONDS = 1.0


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


async def test_another_process_refuses_it_within_a_second(world: World, other: World, ada: Person) -> None:
    assert (await status(world, ada), await status(other, ada)) == (200, 200)

    await world.post("/v1/auth/logout", by=ada)

    assert await seconds_until(other, ada, 401) < ALLOWED_SECONDS


async def test_it_stays_refused_after_valkey_was_flushed(world: World, other: World, ada: Person) -> None:
    await status(other, ada)
    await world.post("/v1/auth/logout", by=ada)

    await world.services.valkey.command("FLUSHALL")

    assert await seconds_until(other, ada, 401) < ALLOWED_SECONDS
    other.services.part(Identity).states._known.clear()
    assert await status(other, ada) == 401
    assert await status(world, ada) == 401


async def test_a_flush_just_before_changes_nothing(world: World, other: World, ada: Person) -> None:
    await status(other, ada)
    await world.services.valkey.command("FLUSHALL")

    await world.post("/v1/auth/logout", by=ada)

    assert await seconds_until(other, ada, 401) < ALLOWED_SECONDS


@pytest.fixture
async def cut_off(world: World, ada: Person, database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A process that never reaches Valkey."""
    settings = world.services.settings
    nowhere = replace(settings.valkey, url=Secret("redis://127.0.0.1:1"), deadline_seconds=0.05)
    async with open_world(replace(settings, valkey=nowhere)) as cut_off:
        yield cut_off


async def test_without_valkey_postgresql_is_asked(world: World, cut_off: World, ada: Person) -> None:
    assert await status(cut_off, ada) == 200

    await world.post("/v1/auth/logout", by=ada)

    assert await seconds_until(cut_off, ada, 401) < ALLOWED_SECONDS + 0.2


async def test_what_valkey_was_not_told_the_outbox_tells(world: World, cut_off: World, ada: Person) -> None:
    assert await status(world, ada) == 200
    await cut_off.post("/v1/auth/logout", by=ada)

    await world.settle()

    assert await seconds_until(world, ada, 401) < ALLOWED_SECONDS
    assert await world.services.valkey.get(key_of(ada.session_id)) == REVOKED


async def test_after_a_gap_valkeys_older_answers_are_not_believed(
    world: World, cut_off: World, ada: Person
) -> None:
    await status(world, ada)
    await written(world, key_of(ada.session_id), LIVE + b"member")
    await cut_off.post("/v1/auth/logout", by=ada)

    world.services.part(Identity).states.distrust()

    assert await status(world, ada) == 401


async def written(world: World, key: str, value: bytes) -> None:
    """Wait until the cache that nobody waits for is filled."""
    started = time.monotonic()
    while await world.services.valkey.get(key) != value:
        assert time.monotonic() - started < 5
        await asyncio.sleep(0.005)


async def test_a_slow_reader_cannot_write_a_revocation_back(world: World, ada: Person) -> None:
    states = world.services.part(Identity).states
    await states.revoke([ada.session_id])

    await states._write(ada.session_id, SessionState("live"))

    assert await world.services.valkey.get(key_of(ada.session_id)) == REVOKED


async def test_when_nobody_can_say_the_request_is_refused(
    world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_valkey(*_: object, **__: object) -> None:
        raise ValkeyUnavailable("away")

    def no_database(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Valkey, "command", no_valkey)
    monkeypatch.setattr(Database, "connection", no_database)

    reply = await world.get("/v1/me", by=ada)

    assert reply.status_code == 503
    assert int(reply.headers["retry-after"]) >= 1


async def test_valkey_answers_for_other_processes_while_postgresql_is_away(
    world: World, other: World, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await status(world, ada)
    await written(world, key_of(ada.session_id), LIVE + b"member")
    authenticator = other.services.authenticator
    assert authenticator is not None

    def no_database(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Database, "connection", no_database)

    assert await authenticator.authenticate(ada.token) == Viewer(ada.id, ada.session_id, "member")


async def test_a_warm_session_costs_no_round_trip(world: World, ada: Person) -> None:
    authenticator = world.services.authenticator
    assert authenticator is not None
    await authenticator.authenticate(ada.token)
    await asyncio.sleep(0)
    await written(world, key_of(ada.session_id), LIVE + b"member")
    before = world.services.valkey.round_trips

    with world.db.recorded_statements() as statements:
        for _ in range(50):
            await authenticator.authenticate(ada.token)

    assert statements == []
    assert world.services.valkey.round_trips == before


async def test_many_first_requests_at_once_ask_once(world: World, ada: Person) -> None:
    authenticator = world.services.authenticator
    assert authenticator is not None

    with world.db.recorded_statements() as statements:
        await asyncio.gather(*(authenticator.authenticate(ada.token) for _ in range(50)))

    assert len(statements) == 1


async def test_suspension_is_felt_by_every_process_and_ends_again(
    world: World, other: World, ada: Person
) -> None:
    assert (await status(world, ada), await status(other, ada)) == (200, 200)
    states = world.services.part(Identity).states

    await states.changed(await world.db.write(lambda tx: suspend_account(tx, ada.id)))
    assert await seconds_until(other, ada, 403) < ALLOWED_SECONDS
    refused = await world.get("/v1/me", by=ada)
    own_token_without_need = await world.get(f"/v1/accounts/{ada.id}", by=ada)
    await states.changed(await world.db.write(lambda tx: unsuspend_account(tx, ada.id)))

    assert problem(refused) == (403, "account_suspended")
    assert problem(own_token_without_need) == (403, "account_suspended")
    assert await seconds_until(other, ada, 200) < ALLOWED_SECONDS
    assert await status(world, ada) == 200


async def test_a_state_that_somebody_else_changed_is_spread_by_the_outbox(world: World, ada: Person) -> None:
    from hubbub.accounts import set_state

    await status(world, ada)
    await written(world, key_of(ada.session_id), LIVE + b"member")

    await world.db.write(lambda tx: set_state(tx, ada.id, "suspended"))
    await world.settle()

    assert await world.services.valkey.get(key_of(ada.session_id)) == ASK
    assert await seconds_until(world, ada, 403) < ALLOWED_SECONDS


async def end_by_log_out(world: World, ada: Person, phone: Person) -> None:
    await world.post("/v1/auth/logout", by=phone)


async def end_by_revocation(world: World, ada: Person, phone: Person) -> None:
    await world.delete("/v1/auth/sessions?others=true", by=ada)


async def end_by_password_change(world: World, ada: Person, phone: Person) -> None:
    body = {"current_password": PASSWORD, "new_password": "another river, another bridge"}
    assert (await world.post("/v1/auth/password/change", by=ada, json=body)).status_code == 204


async def end_by_deletion(world: World, ada: Person, phone: Person) -> None:
    assert (await world.request("DELETE", "/v1/me", by=ada, json={"password": PASSWORD})).status_code == 204


async def end_by_deactivation(world: World, ada: Person, phone: Person) -> None:
    assert (await world.post("/v1/me/deactivate", by=ada, json={"password": PASSWORD})).status_code == 204


async def end_by_reuse(world: World, ada: Person, phone: Person) -> None:
    second = (await refresh(world, phone.refresh_token)).json()["refresh_token"]
    await refresh(world, second)
    assert problem(await refresh(world, phone.refresh_token)) == (401, "refresh_reused")


ENDINGS = [
    end_by_log_out,
    end_by_revocation,
    end_by_password_change,
    end_by_deletion,
    end_by_deactivation,
    end_by_reuse,
]


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
async def test_after_each_kind_of_end_no_credential_is_good(
    world: World, other: World, ada: Person, end: Any
) -> None:
    phone = await log_in_as(world, ada)
    assert (await status(world, phone), await status(other, phone)) == (200, 200)

    await end(world, ada, phone)

    assert await status(world, phone) == 401
    assert problem(await refresh(world, phone.refresh_token))[0] == 401
    assert await seconds_until(other, phone, 401) < ALLOWED_SECONDS
