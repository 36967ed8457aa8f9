import asyncio
from typing import Any

import pytest

from hubbub.identity.service.lifecycle import purge_accounts
from tests.support.identity import log_in, problem, refresh, register
from tests.support.mails import received
from tests.support.world import PASSWORD, Person, World


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


async def delete(world: World, by: Person, **body: Any) -> Any:
    return await world.request("DELETE", "/v1/me", by=by, json={"password": PASSWORD, **body})


async def somebody_waits_for_a_lock(world: World) -> None:
    async with asyncio.timeout(5):
        while not await world.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def let_grace_pass(world: World) -> None:
    await world.rows(
        "UPDATE accounts SET purge_after = now() - interval '1 second' WHERE purge_after IS NOT NULL"
    )


async def test_one_sees_of_oneself_what_others_do_not(world: World, ada: Person) -> None:
    reply = await world.get("/v1/me", by=ada)

    me = reply.json()
    assert (me["id"], me["handle"]) == (str(ada.id), "ada")
    assert (me["email"], me["email_verified"], me["totp_enabled"]) == ("ada@example.org", True, False)
    assert (me["state"], me["role"], me["locale"]) == ("active", "member", "en")
    assert me["counts"] == {"followers": 0, "following": 0, "posts": 0}
    theirs = (await world.get(f"/v1/accounts/{ada.id}")).text
    assert "ada@example.org" not in theirs


async def test_without_a_token_there_is_no_me(world: World) -> None:
    assert problem(await world.get("/v1/me")) == (401, "unauthorized")


async def test_the_profile_changes_and_shows_at_once(world: World, ada: Person) -> None:
    await world.get(f"/v1/accounts/{ada.id}")
    body = {
        "display_name": "Ada L.",
        "bio": "Mill #engines",
        "fields": [{"name": "pronouns", "value": "she"}],
    }

    reply = await world.patch("/v1/me", by=ada, json=body)

    assert reply.status_code == 200, reply.text
    assert (reply.json()["display_name"], reply.json()["bio"]) == ("Ada L.", "Mill #engines")
    shown = (await world.get(f"/v1/accounts/{ada.id}")).json()
    assert shown["display_name"] == "Ada L."


async def test_what_is_left_out_stays(world: World, ada: Person) -> None:
    await world.patch("/v1/me", by=ada, json={"bio": "first"})

    reply = await world.patch("/v1/me", by=ada, json={"display_name": "Ada"})

    assert reply.json()["bio"] == "first"


async def test_a_version_that_is_not_current_is_not_changed(world: World, ada: Person) -> None:
    etag = (await world.get("/v1/me", by=ada)).headers["etag"]
    first = await world.patch("/v1/me", by=ada, json={"bio": "first"}, headers={"If-Match": etag})

    second = await world.patch("/v1/me", by=ada, json={"bio": "second"}, headers={"If-Match": etag})

    assert (first.status_code, problem(second)) == (200, (412, "precondition_failed"))
    assert (await world.get("/v1/me", by=ada)).json()["bio"] == "first"


async def test_of_edits_of_one_version_at_once_one_counts(world: World, ada: Person) -> None:
    etag = (await world.get("/v1/me", by=ada)).headers["etag"]

    replies = await asyncio.gather(
        *(
            world.patch("/v1/me", by=ada, json={"bio": f"bio {n}"}, headers={"If-Match": etag})
            for n in range(5)
        )
    )

    assert sorted(reply.status_code for reply in replies) == [200] + [412] * 4


async def test_who_holds_the_current_version_is_told_so(world: World, ada: Person) -> None:
    etag = (await world.get("/v1/me", by=ada)).headers["etag"]

    reply = await world.get("/v1/me", by=ada, headers={"If-None-Match": etag})

    assert (reply.status_code, reply.content) == (304, b"")
    await world.rows("UPDATE credentials SET email_verified_at = NULL")
    again = await world.get("/v1/me", by=ada, headers={"If-None-Match": etag})
    assert again.status_code == 200, "what only the owner sees counts too"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"display_name": "n" * 61}, "/display_name"),
        ({"bio": "b" * 1001}, "/bio"),
        ({"links": ["javascript:alert(1)"]}, "/links/0"),
        ({"fields": [{"name": "", "value": "x"}]}, "/fields/0/name"),
        ({"is_private": "yes"}, "/is_private"),
        ({"locale": "no-such-language-tag!"}, "/locale"),
        ({"handle": "bob"}, "/handle"),
        ({"role": "admin"}, "/role"),
        ({"state": "active"}, "/state"),
        ({"bio": None}, "/bio"),
    ],
)
async def test_what_is_not_in_order_is_named(
    world: World, ada: Person, body: dict[str, Any], pointer: str
) -> None:
    reply = await world.patch("/v1/me", by=ada, json=body)

    assert reply.status_code == 422, reply.text
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer]


async def test_a_deleted_account_is_hidden_at_once_and_told(world: World, ada: Person) -> None:
    reply = await delete(world, ada)

    assert reply.status_code == 204
    assert (await world.get(f"/v1/accounts/{ada.id}")).status_code == 404
    (mail,) = await received(world, "ada@example.org")
    assert "30 days" in mail.text


async def test_deleting_takes_the_password(world: World, ada: Person) -> None:
    assert problem(await delete(world, ada, password="wrong")) == (403, "wrong_password")
    assert (await world.get("/v1/me", by=ada)).status_code == 200


async def test_logging_in_before_the_grace_is_over_keeps_the_account(world: World, ada: Person) -> None:
    await delete(world, ada)

    reply = await log_in(world, "ada")

    assert reply.status_code == 200
    assert (await world.get(f"/v1/accounts/{ada.id}")).status_code == 200
    assert await world.value("SELECT purge_after FROM accounts") is None
    assert await purge_accounts(world.db) == 0


async def test_within_the_grace_nothing_is_purged(world: World, ada: Person) -> None:
    await delete(world, ada)

    assert await purge_accounts(world.db) == 0
    assert await world.value("SELECT count(*) FROM credentials") == 1


async def test_after_the_grace_all_goes_but_the_handle(world: World, ada: Person) -> None:
    await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark"})
    await world.post("/v1/auth/totp", by=ada)
    await delete(world, ada)
    await let_grace_pass(world)

    assert await purge_accounts(world.db) == 1

    for table in ("credentials", "emails", "sessions", "second_factors", "mail_tokens", "preferences"):
        assert await world.value(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608 - our own names
    assert await world.value("SELECT state FROM accounts") == "deleted"
    assert await world.announced("AccountPurged") > 0
    assert problem(await log_in(world, "ada")) == (401, "invalid_credentials")
    assert problem(await refresh(world, ada.refresh_token)) == (401, "invalid_refresh_token")
    assert await purge_accounts(world.db) == 0


@pytest.mark.parametrize("handle", ["ada", "ADA"])
async def test_the_handle_of_a_deleted_account_is_nobodys_ever_again(
    world: World, ada: Person, handle: str
) -> None:
    await delete(world, ada)
    await let_grace_pass(world)
    await purge_accounts(world.db)

    again = await register(world, handle, email="other@example.org")
    same_address = await register(world, "eve", email="ada@example.org")

    assert problem(again) == (409, "handle_taken")
    assert same_address.status_code == 201


async def test_of_workers_that_purge_at_once_one_does(world: World, ada: Person) -> None:
    await delete(world, ada)
    await let_grace_pass(world)

    purged = await asyncio.gather(*(purge_accounts(world.db) for _ in range(4)))

    assert sum(purged) == 1


async def test_a_purge_that_races_with_a_log_in_leaves_one_of_the_two(world: World, ada: Person) -> None:
    await delete(world, ada)
    await let_grace_pass(world)

    reply, purged = await asyncio.gather(log_in(world, "ada"), purge_accounts(world.db))

    state = await world.value("SELECT state FROM accounts")
    assert (reply.status_code, purged, state) in ((200, 0, "active"), (401, 1, "deleted"))


async def test_a_purge_that_waited_for_a_log_in_sees_what_it_did(world: World, ada: Person) -> None:
    await delete(world, ada)
    await let_grace_pass(world)

    async with world.db.transaction() as tx:
        await tx.execute("SELECT FROM credentials FOR UPDATE")
        await tx.execute("UPDATE accounts SET state = 'active', purge_after = NULL")
        purging = asyncio.create_task(purge_accounts(world.db))
        await somebody_waits_for_a_lock(world)

    assert await purging == 0
    assert await world.value("SELECT state FROM accounts") == "active"


async def test_a_deactivated_account_is_hidden(world: World, ada: Person) -> None:
    reply = await world.post("/v1/me/deactivate", by=ada, json={"password": PASSWORD})

    assert reply.status_code == 204
    assert (await world.get(f"/v1/accounts/{ada.id}")).status_code == 404


async def test_preferences_have_defaults_and_change_one_by_one(world: World, ada: Person) -> None:
    before = (await world.get("/v1/me/preferences", by=ada)).json()

    changed = await world.patch("/v1/me/preferences", by=ada, json={"default_visibility": "followers"})
    await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark", "default_language": "de"})

    after = (await world.get("/v1/me/preferences", by=ada)).json()
    assert before["default_visibility"] == "public"
    assert changed.json() == {**before, "default_visibility": "followers"}
    assert after == {
        **before,
        "default_visibility": "followers",
        "theme": "dark",
        "default_language": "de",
    }


async def test_changes_of_different_preferences_at_once_are_all_kept(world: World, ada: Person) -> None:
    await asyncio.gather(
        *(
            world.patch("/v1/me/preferences", by=ada, json=body)
            for body in ({"theme": "dark"}, {"autoplay_media": False}, {"sensitive_media": "hide"})
        )
    )

    after = (await world.get("/v1/me/preferences", by=ada)).json()
    assert (after["theme"], after["autoplay_media"], after["sensitive_media"]) == ("dark", False, "hide")


async def test_a_language_can_be_taken_back(world: World, ada: Person) -> None:
    await world.patch("/v1/me/preferences", by=ada, json={"default_language": "de"})

    reply = await world.patch("/v1/me/preferences", by=ada, json={"default_language": None})

    assert reply.json()["default_language"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"theme": "pink"},
        {"default_visibility": "everyone"},
        {"default_language": "not a language"},
        {"autoplay_media": "yes"},
        {"unknown": 1},
        {"theme": None},
    ],
)
async def test_what_is_no_preference_is_refused(world: World, ada: Person, body: dict[str, Any]) -> None:
    reply = await world.patch("/v1/me/preferences", by=ada, json=body)

    assert reply.status_code == 422


async def test_a_suspension_that_has_just_come_is_not_slept_off(world: World, ada: Person) -> None:
    assert (await world.get("/v1/me", by=ada)).status_code == 200
    await world.rows("UPDATE accounts SET state = 'suspended' WHERE id = $1", ada.id)

    asleep = await world.post("/v1/me/deactivate", by=ada, json={"password": PASSWORD})
    deleted = await delete(world, ada)

    assert {problem(asleep), problem(deleted)} == {(403, "account_suspended")}
    assert await world.value("SELECT state FROM accounts") == "suspended"


async def test_what_one_does_to_ones_account_is_kept_in_the_audit_log(world: World, ada: Person) -> None:
    body = {"current_password": PASSWORD, "new_password": "another river, another bridge"}
    await world.post("/v1/auth/password/change", by=ada, json=body)
    await delete(world, ada, password="another river, another bridge")

    rows = await world.rows("SELECT actor_id, action, subject_id FROM audit_log ORDER BY id")
    assert [(row["actor_id"], row["action"]) for row in rows] == [
        (ada.id, "change_password"),
        (ada.id, "delete_account"),
    ]
