"""What `hubbub admin` does to accounts, and the rows of the audit log that tell of it."""

import asyncio
import json

import pytest

from hubbub.identity.service.lifecycle import purge_accounts
from tests.cli.test_admin import Run, admin, answers, told
from tests.identity.test_totp import protect
from tests.support.identity import log_in, problem
from tests.support.mails import received
from tests.support.world import PASSWORD, World

__all__ = ["admin"]


async def audited(world: World) -> list[tuple[str, dict[str, object]]]:
    rows = await world.rows("SELECT action, detail FROM audit_log WHERE actor_id = 0 ORDER BY id")
    return [(row["action"], json.loads(row["detail"])) for row in rows]


async def test_a_created_account_has_no_session_and_gets_no_mail(world: World, admin: Run) -> None:
    said = await told(admin, "create", "Bo", "bo@example.org", "--password-stdin", stdin=PASSWORD)

    account_id = await world.value("SELECT id FROM accounts")
    assert f"Created @bo (member), id {account_id}." in said
    assert "Password" not in said
    assert "sessions       0" in await told(admin, "find", "bo")
    assert await received(world, "bo@example.org") == []
    assert await audited(world) == [("create_account", {"role": "member"})]


async def test_a_role_counts_at_once_and_is_audited(world: World, admin: Run) -> None:
    ada = await world.person("ada")

    said = await told(admin, "set-role", "@ada", "moderator")

    assert said == "@ada is moderator now.\n"
    assert (await world.get("/v1/me", by=ada)).json()["role"] == "moderator"
    assert await audited(world) == [("change_role", {"role": "moderator"})]


async def test_a_role_can_be_taken_away(world: World, admin: Run) -> None:
    ada = await world.person("ada", role="admin")

    await told(admin, "set-role", str(ada.id), "member")

    assert (await world.get("/v1/me", by=ada)).json()["role"] == "member"


async def test_the_reason_of_a_suspension_is_kept(world: World, admin: Run) -> None:
    await world.person("ada")

    await told(admin, "suspend", "ada", "--reason", 'he said "no" – 3×')
    await told(admin, "unsuspend", "ada")

    assert await audited(world) == [
        ("suspend_account", {"reason": 'he said "no" – 3×'}),
        ("unsuspend_account", {}),
    ]


async def test_a_suspended_person_cannot_log_in_until_it_ends(world: World, admin: Run) -> None:
    await world.person("ada")
    await told(admin, "suspend", "ada")
    during = await log_in(world, "ada")
    await told(admin, "unsuspend", "ada")

    assert problem(during) == (403, "account_suspended")
    assert (await log_in(world, "ada")).status_code == 200


@pytest.mark.parametrize(("days", "is_kept"), [("3", True), ("0", False)])
async def test_a_deletion_can_be_slept_over_only_within_its_grace(
    world: World, admin: Run, days: str, is_kept: bool
) -> None:
    ada = await world.person("ada")
    said = await told(admin, "delete", "ada", "--yes", "--grace-days", days)
    await answers(world, ada, 401)

    purged = await purge_accounts(world.db)

    assert f"purged in {days} days" in said
    assert (purged, (await log_in(world, "ada")).status_code) == ((0, 200) if is_kept else (1, 401))
    assert await audited(world) == [("delete_account", {"grace_days": int(days)})]


async def test_somebody_purged_is_found_without_credentials(world: World, admin: Run) -> None:
    ada = await world.person("ada")
    await told(admin, "delete", "ada", "--yes", "--grace-days", "0")
    await purge_accounts(world.db)

    said = await told(admin, "find", str(ada.id))

    assert "state          deleted" in said
    assert "e-mail" not in said


async def test_a_second_factor_that_was_lost_is_turned_off(world: World, admin: Run) -> None:
    ada = await world.person("ada")
    await protect(world, ada)
    assert "second factor  on" in await told(admin, "find", "ada")

    await told(admin, "reset-totp", "ada")

    assert "second factor  off" in await told(admin, "find", "ada")
    assert (await log_in(world, "ada")).status_code == 200
    assert ("reset_second_factor", {}) in await audited(world)


async def test_the_file_of_a_person_shows_no_secret(world: World, admin: Run) -> None:
    ada = await world.person("ada", is_private=True)

    said = await told(admin, "find", "ada")

    assert "private        yes" in said
    assert "sessions       1" in said
    assert "argon2" not in said
    assert ada.refresh_token not in said


async def test_nothing_waits_where_nothing_happened(world: World, admin: Run) -> None:
    assert "nothing waits" in await told(admin, "lag")
    assert await told(admin, "dead-letters") == "none\n"
    assert (await told(admin, "replay", "7")).startswith("0 ")


async def test_a_notice_stands_among_the_notifications(world: World, admin: Run) -> None:
    ada = await world.person("ada")

    said = await told(admin, "notice", "ada", "Your appeal was heard.")

    [item] = (await world.get("/v1/notifications", by=ada)).json()["items"]
    assert "Told @ada." in said
    assert (item["kind"], item["text"]) == ("moderation", "Your appeal was heard.")


async def test_a_notice_without_words_is_not_sent(world: World, admin: Run) -> None:
    await world.person("ada")

    refused = await asyncio.to_thread(admin, "notice", "ada", " ")

    assert (refused.exit_code, "text" in refused.output) == (1, True)
    assert await world.value("SELECT count(*) FROM notices") == 0
