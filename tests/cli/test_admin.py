import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubbub.cli import main
from tests.support.world import PASSWORD, Person, World

Run = Callable[..., Result]


@pytest.fixture
def admin(database_url: str, valkey_url: str, tmp_path: Path) -> Run:
    """`hubbub admin …` on the engines of the test, in a thread of its own since it runs its own loop."""
    env = {
        "HUBBUB_DATABASE_URL": database_url,
        "HUBBUB_VALKEY_URL": valkey_url,
        "HUBBUB_DATA_DIR": str(tmp_path),
        "HUBBUB_SECRET_KEY": "a key for tests, long enough to be taken",
        "HUBBUB_PUBLIC_URL": "http://test",
    }

    def invoke(*arguments: str, stdin: str = "", **changes: str) -> Result:
        return CliRunner().invoke(main, ["admin", *arguments], env=env | changes, input=stdin)

    return invoke


async def told(admin: Run, *arguments: str, stdin: str = "", **changes: str) -> str:
    result = await asyncio.to_thread(admin, *arguments, stdin=stdin, **changes)
    assert result.exit_code == 0, result.output
    return result.output


async def answers(world: World, person: Person, status: int) -> None:
    """Sessions are asked for again within a second; until then the answer may be the old one."""
    for _ in range(100):
        if (await world.get("/v1/me", by=person)).status_code == status:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"never answered {status}")


async def test_created_account_can_log_in_at_once(world: World, admin: Run) -> None:
    said = await told(
        admin, "create", "Ada", "ada@example.org", "--role", "admin", "--password-stdin", stdin=PASSWORD
    )

    reply = await world.post("/v1/auth/login", json={"login": "ada@example.org", "password": PASSWORD})

    assert "Created @ada (admin)" in said
    assert (reply.status_code, reply.json()["account"]["handle"]) == (200, "ada")


async def test_password_is_made_up_when_none_is_given(world: World, admin: Run) -> None:
    said = await told(admin, "create", "bo", "bo@example.org")
    password = said.split("Password: ")[1].strip()

    assert (await world.post("/v1/auth/login", json={"login": "bo", "password": password})).status_code == 200


async def test_refusals_are_told_in_words(world: World, admin: Run) -> None:
    result = await asyncio.to_thread(admin, "create", "x", "no address", "--password-stdin", stdin="short")

    assert result.exit_code == 1
    assert "email:" in result.output
    assert "password:" in result.output


@pytest.mark.parametrize("how", ["id", "handle", "at", "email"])
async def test_account_is_found_by_id_handle_or_address(world: World, admin: Run, how: str) -> None:
    ada = await world.person("ada_of_tests")
    names = {
        "id": str(ada.id),
        "handle": "ADA_of_tests",
        "at": "@ada_of_tests",
        "email": "ada_of_tests@example.org",
    }

    said = await told(admin, "find", names[how])

    assert str(ada.id) in said
    assert "ada_of_tests@example.org (confirmed)" in said


async def test_unknown_account_is_said_to_be_unknown(world: World, admin: Run) -> None:
    result = await asyncio.to_thread(admin, "find", "nobody")

    assert (result.exit_code, "nobody is 'nobody'" in result.output) == (1, True)


async def test_suspension_is_refused_on_the_next_request_and_ends(world: World, admin: Run) -> None:
    ada = await world.person()
    assert (await world.get("/v1/me", by=ada)).status_code == 200

    await told(admin, "suspend", ada.handle, "--reason", "spam")
    await answers(world, ada, 403)
    hidden = await world.get(f"/v1/accounts/{ada.id}")
    await told(admin, "unsuspend", ada.handle)
    await answers(world, ada, 200)

    assert hidden.status_code == 404
    assert [row["action"] for row in await world.rows("SELECT action FROM audit_log ORDER BY id")] == [
        "suspend_account",
        "unsuspend_account",
    ]


async def test_deleted_account_is_hidden_and_marked_for_the_purge(world: World, admin: Run) -> None:
    ada = await world.person()

    await told(admin, "delete", ada.handle, "--grace-days", "3", "--yes")

    assert (await world.get(f"/v1/accounts/{ada.id}")).status_code == 404
    assert "deleting" in await told(admin, "find", str(ada.id))


async def test_suspended_account_cannot_come_back_by_way_of_a_deletion(world: World, admin: Run) -> None:
    ada = await world.person()
    await told(admin, "suspend", ada.handle)

    result = await asyncio.to_thread(admin, "delete", ada.handle, "--yes")
    await told(admin, "delete", ada.handle, "--yes", "--grace-days", "0")

    assert (result.exit_code, "suspended account" in result.output) == (1, True)
    assert await world.value("SELECT state FROM accounts WHERE id = $1", ada.id) == "deleting"


async def test_lost_second_factor_is_turned_off(world: World, admin: Run) -> None:
    ada = await world.person()
    result = await asyncio.to_thread(admin, "reset-totp", ada.handle)

    assert result.exit_code == 1
    assert "second factor" in result.output.lower()


async def test_lost_secret_key_is_said_and_rotating_keys_begins_anew(world: World, admin: Run) -> None:
    await world.person("ada")
    replaced = {"HUBBUB_SECRET_KEY": "another key for tests, as long as the first"}

    refused = await asyncio.to_thread(admin, "find", "ada", **replaced)
    await told(admin, "rotate-keys", **replaced)
    found = await told(admin, "find", "ada", **replaced)

    assert refused.exit_code == 1
    assert "HUBBUB_SECRET_KEY is not the one" in refused.output
    assert "@ada" in found


async def test_rotated_key_is_published_beside_the_old_one(world: World, admin: Run) -> None:
    before = {key["kid"] for key in (await world.get("/.well-known/jwks.json")).json()["keys"]}

    said = await told(admin, "rotate-keys")

    rows = {row["kid"] for row in await world.rows("SELECT kid FROM signing_keys")}
    assert len(rows) == 2
    assert before < rows
    assert any(kid in said for kid in rows - before)
