"""What `hubbub admin` cannot do it says in a sentence, and does nothing of it."""

import asyncio
from typing import Any

import pytest

from tests.cli.test_admin import Run, admin, told
from tests.support.identity import log_in
from tests.support.world import PASSWORD, World

__all__ = ["admin"]


async def refused(admin: Run, *arguments: str, stdin: str = "") -> str:
    result = await asyncio.to_thread(admin, *arguments, stdin=stdin)

    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    return result.output


async def audit(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT actor_id, action, subject_id, detail FROM audit_log ORDER BY id")


@pytest.mark.parametrize(
    "arguments",
    [
        ("delete", "ada", "--yes", "--grace-days", "-1"),
        ("delete", "ada", "--yes", "--grace-days", "9999999999"),
        ("delete", "ada", "--yes", "--grace-days", "soon"),
        ("dead-letters", "--limit", "-1"),
        ("dead-letters", "--limit", "0"),
        ("dead-letters", "--limit", "99999999999999999999"),
        ("replay", "99999999999999999999"),
        ("replay", "0"),
        ("replay", "x"),
        ("replay",),
        ("set-role", "ada", "king"),
        ("create", "bo", "bo@example.org", "--role", "king"),
        ("find",),
        ("no-such-command",),
    ],
)
async def test_arguments_out_of_bounds_are_refused(
    world: World, admin: Run, arguments: tuple[str, ...]
) -> None:
    await world.person("ada")

    assert "Error: " in await refused(admin, *arguments)

    assert await world.value("SELECT state FROM accounts") == "active"
    assert await audit(world) == []


@pytest.mark.parametrize("who", ["7", "99999999999999999999", "a@b@c", "@", "", "é"])
async def test_nobody_is_said_to_be_nobody(world: World, admin: Run, who: str) -> None:
    assert f"nobody is {who!r}" in await refused(admin, "find", who)


@pytest.mark.parametrize(
    "command", [("suspend",), ("unsuspend",), ("delete", "--yes"), ("set-role", "admin"), ("reset-totp",)]
)
async def test_nothing_is_done_to_nobody(world: World, admin: Run, command: tuple[str, ...]) -> None:
    verb, *rest = command

    assert "nobody is 'nobody'" in await refused(admin, verb, "nobody", *rest)
    assert await audit(world) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"handle": "ada"}, "handle"),
        ({"handle": "ADA"}, "handle"),
        ({"email": "ADA@example.org"}, "e-mail address"),
        ({"handle": "no handle"}, "handle:"),
        ({"email": "x"}, "email:"),
    ],
)
async def test_what_is_taken_or_wrong_makes_no_account(
    world: World, admin: Run, change: dict[str, str], word: str
) -> None:
    await world.person("ada")
    fields = {"handle": "bo", "email": "bo@example.org"} | change

    said = await refused(admin, "create", *fields.values(), "--password-stdin", stdin=PASSWORD)

    assert word in said
    assert await world.value("SELECT count(*) FROM accounts") == 1
    assert await audit(world) == []


@pytest.mark.parametrize("password", ["", "short", "password1234", "bobobobobobo"])
async def test_a_weak_password_makes_no_account(world: World, admin: Run, password: str) -> None:
    said = await refused(admin, "create", "bo", "bo@example.org", "--password-stdin", stdin=password)

    assert "password: " in said
    assert not password or password not in said
    assert await world.value("SELECT count(*) FROM accounts") == 0


async def test_a_deletion_that_is_not_confirmed_does_nothing(world: World, admin: Run) -> None:
    await world.person("ada")

    said = await refused(admin, "delete", "ada", stdin="n\n")

    assert "Aborted" in said
    assert await world.value("SELECT state FROM accounts") == "active"


async def test_an_account_that_is_being_deleted_is_not_said_to_be_suspended(world: World, admin: Run) -> None:
    await world.person("ada")
    await told(admin, "delete", "ada", "--yes")

    said = await refused(admin, "suspend", "ada")

    assert "--grace-days 0" in said
    assert (await log_in(world, "ada")).status_code == 200, "the grace goes on"
    assert [row["action"] for row in await audit(world)] == ["delete_account"]


@pytest.mark.parametrize("state", ["active", "deactivated", "deleting"])
async def test_only_a_suspension_can_be_ended(world: World, admin: Run, state: str) -> None:
    await world.person("ada")
    await world.rows("UPDATE accounts SET state = $1", state)

    said = await refused(admin, "unsuspend", "ada")

    assert "is not suspended" in said
    assert await world.value("SELECT state FROM accounts") == state
    assert await audit(world) == []
