"""What the worker forgets in time, and what it must keep."""

import pytest

from hubbub.identity.service import lifecycle
from hubbub.identity.service.lifecycle import clean_up
from hubbub.worker import build_reactions
from tests.support.identity import log_in, log_in_as
from tests.support.world import Person, World


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


async def ask_for_link(world: World) -> None:
    await world.post("/v1/auth/password/forgot", json={"email": "ada@example.org"})
    await world.settle()


@pytest.mark.parametrize(("minutes", "left"), [(59, 1), (61, 0)])
async def test_a_link_is_forgotten_once_it_has_run_out(
    world: World, ada: Person, minutes: int, left: int
) -> None:
    await ask_for_link(world)
    await world.rows("UPDATE mail_tokens SET expires_at = expires_at - make_interval(mins => $1)", minutes)

    await clean_up(world.db)

    assert await world.value("SELECT count(*) FROM mail_tokens") == left


@pytest.mark.parametrize(("days", "left"), [(89, 2), (91, 1)])
async def test_an_ended_session_is_forgotten_after_90_days(
    world: World, ada: Person, days: int, left: int
) -> None:
    phone = await log_in_as(world, ada)
    await world.post("/v1/auth/logout", by=phone)
    await world.rows("UPDATE sessions SET revoked_at = revoked_at - make_interval(days => $1)", days)

    await clean_up(world.db)

    assert await world.value("SELECT count(*) FROM sessions") == left
    assert (await world.get("/v1/me", by=ada)).status_code == 200


@pytest.mark.parametrize(("days", "left"), [(89, 1), (91, 0)])
async def test_a_session_that_ran_out_is_forgotten_like_one_that_was_ended(
    world: World, ada: Person, days: int, left: int
) -> None:
    await world.rows("UPDATE sessions SET expires_at = now() - make_interval(days => $1)", days)

    await clean_up(world.db)

    assert await world.value("SELECT count(*) FROM sessions") == left


async def test_more_than_one_batch_is_forgotten_in_one_run(
    world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "CLEAN_BATCH", 2)
    for _ in range(4):
        await log_in_as(world, ada)
    await world.rows("UPDATE sessions SET expires_at = now() - interval '1 year'")

    await clean_up(world.db)

    assert await world.value("SELECT count(*) FROM sessions") == 0


@pytest.mark.parametrize("reason", ["revoked", "reused", "password_changed", "suspended"])
async def test_a_device_that_was_thrown_out_is_a_stranger(world: World, ada: Person, reason: str) -> None:
    await world.rows("UPDATE sessions SET revoked_at = now(), revoked_reason = $1", reason)
    await world.rows(
        "INSERT INTO login_failures (account_id, failures, failed_at) VALUES ($1, 100, now())", ada.id
    )

    assert (await log_in(world, "ada")).status_code == 401


@pytest.mark.parametrize(("days", "status"), [(89, 200), (91, 401)])
async def test_a_device_is_known_for_90_days(world: World, ada: Person, days: int, status: int) -> None:
    await world.rows("UPDATE sessions SET last_used_at = now() - make_interval(days => $1)", days)
    await world.rows(
        "INSERT INTO login_failures (account_id, failures, failed_at) VALUES ($1, 100, now())", ada.id
    )

    assert (await log_in(world, "ada")).status_code == status


async def test_the_worker_purges_cleans_and_sends(world: World) -> None:
    reactions = build_reactions(world.services)

    assert {job.name for job in reactions.periodic} >= {
        "purge accounts",
        "forget ended sessions and links",
        "fold counts",
        "purge idempotency keys",
    }
    assert set(reactions.consumers) >= {"deliver", "record", "mail"}


async def test_the_workers_own_jobs_run(world: World, ada: Person) -> None:
    await world.rows("UPDATE accounts SET state = 'deleting', purge_after = now() - interval '1 day'")
    await world.rows("UPDATE sessions SET expires_at = now() - interval '1 year'")

    for job in build_reactions(world.services).periodic:
        await job.run(world.db)

    assert await world.value("SELECT state FROM accounts") == "deleted"
    assert await world.value("SELECT count(*) FROM sessions") == 0
