from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

from hubbub.settings import PushSettings, Secret
from hubbub.system.doctor import Finding, declared_indexes, examine
from tests.support.world import World, settings_for


async def findings(world: World) -> dict[str, Finding]:
    return {finding.check: finding for finding in await examine(world.services.settings)}


async def test_healthy_installation_needs_nothing_but_what_tests_turn_off(world: World) -> None:
    found = await findings(world)

    wrong = {check for check, finding in found.items() if not finding.is_ok}
    assert wrong <= {"durability", "valkey memory"}, "the engines of tests run without fsync and memory limit"
    assert {
        "database",
        "migrations",
        "indexes",
        "events",
        "dead letters",
        "functions",
        "valkey",
    } <= found.keys()


async def test_missing_index_is_named_with_a_remedy(world: World) -> None:
    async with world.db.connection() as tx:
        await tx.execute("DROP INDEX follows_followee_idx")
    try:
        found = await findings(world)
    finally:
        async with world.db.connection() as tx:
            await tx.execute("CREATE INDEX follows_followee_idx ON follows (followee_id, id DESC)")

    assert "follows_followee_idx" in found["indexes"].said
    assert found["indexes"].remedy


async def test_dead_letter_is_reported(world: World) -> None:
    async with world.db.connection() as tx:
        await tx.execute(
            "INSERT INTO dead_letters (lane, consumer, id, kind, body, error, died_at)"
            " VALUES (1, 'record', 7, 'PostLiked', '{}', 'boom', now())"
        )

    found = await findings(world)

    assert not found["dead letters"].is_ok
    assert "replay" in found["dead letters"].remedy


async def test_job_that_fails_is_named(world: World) -> None:
    async with world.db.connection() as tx:
        await tx.execute("INSERT INTO periodic_jobs (name, due_at, failures) VALUES ('purge', now(), 2)")

    found = await findings(world)

    assert "purge" in found["jobs"].said
    assert "hubbub admin jobs" in found["jobs"].remedy


async def test_engines_that_are_away_are_findings_not_failures(tmp_path: Path) -> None:
    settings = settings_for("postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1", tmp_path)
    settings = replace(settings, valkey=replace(settings.valkey, url=Secret("redis://127.0.0.1:1")))

    found = {finding.check: finding for finding in await examine(settings)}

    assert not found["database"].is_ok
    assert not found["valkey"].is_ok


async def test_production_without_a_mail_server_is_reported(tmp_path: Path) -> None:
    settings = settings_for("postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1", tmp_path)

    trial, production = [
        {finding.check: finding for finding in await examine(replace(settings, env=env))}["mail"]
        for env in ("development", "production")
    ]

    assert trial.is_ok
    assert "HUBBUB_SMTP_URL" in production.remedy


async def test_doctor_says_by_which_services_is_pushed_and_where_urls_may_lead(tmp_path: Path) -> None:
    settings = settings_for("postgresql://nobody@127.0.0.1:1/none", "redis://127.0.0.1:1", tmp_path)
    push = PushSettings(fcm_credentials=Secret("{}"), outgoing_allow=(ip_network("10.1.0.0/16"),))

    trial, production = [
        {finding.check: finding for finding in await examine(replace(settings, push=push, env=env))}["push"]
        for env in ("development", "production")
    ]

    assert "web, fcm" in trial.said
    assert "10.1.0.0/16" in trial.said
    assert trial.is_ok
    assert "HUBBUB_PUSH_CONTACT" in production.remedy


def test_declared_indexes_are_read_from_the_migrations() -> None:
    assert {"posts_author_idx", "follows_followee_idx"} <= declared_indexes()
