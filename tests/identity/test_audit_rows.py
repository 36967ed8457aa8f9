"""What somebody does to their own account leaves one row of the audit log, and what fails leaves none."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.identity.test_totp import protect
from tests.support.mails import received
from tests.support.world import PASSWORD, Person, World

NEW = "another river, another bridge"
Deed = Callable[[World, Person], Awaitable[httpx.Response]]


async def change_password(world: World, by: Person) -> httpx.Response:
    body = {"current_password": PASSWORD, "new_password": NEW}
    return await world.post("/v1/auth/password/change", by=by, json=body)


async def reset_password(world: World, by: Person) -> httpx.Response:
    await world.post("/v1/auth/password/forgot", json={"email": "ada@example.org"})
    token = (await received(world, "ada@example.org"))[-1].token
    return await world.post("/v1/auth/password/reset", json={"token": token, "new_password": NEW})


async def change_email(world: World, by: Person) -> httpx.Response:
    body = {"email": "new@example.org", "password": PASSWORD}
    await world.post("/v1/auth/email/change", by=by, json=body)
    token = (await received(world, "new@example.org"))[-1].token
    return await world.post("/v1/auth/email/verify", json={"token": token})


async def deactivate(world: World, by: Person) -> httpx.Response:
    return await world.post("/v1/me/deactivate", by=by, json={"password": PASSWORD})


async def delete(world: World, by: Person) -> httpx.Response:
    return await world.request("DELETE", "/v1/me", by=by, json={"password": PASSWORD})


DEEDS: list[tuple[Deed, str]] = [
    (change_password, "change_password"),
    (reset_password, "reset_password"),
    (change_email, "change_email"),
    (deactivate, "deactivate_account"),
    (delete, "delete_account"),
]


async def rows(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT actor_id, action, subject_id, detail::text FROM audit_log ORDER BY id")


@pytest.mark.parametrize(("deed", "action"), DEEDS, ids=[action for _, action in DEEDS])
async def test_each_deed_leaves_one_row_without_any_secret(world: World, deed: Deed, action: str) -> None:
    ada = await world.person("ada")

    reply = await deed(world, ada)

    assert reply.status_code == 204, reply.text
    assert await rows(world) == [{"actor_id": ada.id, "action": action, "subject_id": ada.id, "detail": "{}"}]


@pytest.mark.parametrize(("deed", "action"), DEEDS, ids=[action for _, action in DEEDS])
async def test_a_deed_that_is_refused_leaves_none(world: World, deed: Deed, action: str) -> None:
    ada = await world.person("ada")
    await world.rows("UPDATE credentials SET password_hash = 'of another password'")
    await world.rows("UPDATE accounts SET state = 'suspended'")

    # Where no mail comes there is no link to use.
    with suppress(IndexError):
        assert (await deed(world, ada)).status_code in (401, 403)

    assert await rows(world) == [], action


async def test_every_change_of_the_second_factor_leaves_a_row(world: World) -> None:
    ada = await world.person("ada")

    await protect(world, ada)
    await world.post("/v1/auth/totp/recovery-codes", by=ada)
    await world.delete("/v1/auth/totp", by=ada)

    assert [row["action"] for row in await rows(world)] == [
        "turn_totp_on",
        "renew_recovery_codes",
        "turn_totp_off",
    ]
    assert {(row["actor_id"], row["subject_id"], row["detail"]) for row in await rows(world)} == {
        (ada.id, ada.id, "{}")
    }


async def test_what_changes_nothing_of_the_account_is_not_audited(world: World) -> None:
    ada = await world.person("ada")

    await world.get("/v1/me", by=ada)
    await world.patch("/v1/me", by=ada, json={"bio": "new"})
    await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark"})
    await world.post("/v1/auth/totp", by=ada)
    await world.post("/v1/auth/logout", by=ada)

    assert await rows(world) == []
