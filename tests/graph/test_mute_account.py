from datetime import UTC, datetime, timedelta

import pytest

from hubbub.graph.reactors import delete_expired_mutes
from tests.support.world import World


@pytest.mark.parametrize(
    ("scope", "posts", "reposts"), [("all", True, True), ("posts", True, False), ("reposts", False, True)]
)
async def test_mute_covers_its_scope(world: World, scope: str, posts: bool, reposts: bool) -> None:
    ada, bob = await world.person(), await world.person()

    reply = await world.put(f"/v1/accounts/{bob.id}/mute?scope={scope}", by=ada)

    assert (reply.json()["muting"], reply.json()["muting_reposts"]) == (posts, reposts)
    assert not any(value is True for value in (await world.relation(bob, ada)).values())


async def test_last_mute_counts(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.put(f"/v1/accounts/{bob.id}/mute?duration_seconds=60", by=ada)

    await world.mute(ada, bob, "reposts")

    relation = await world.relation(ada, bob)
    assert (relation["muting"], relation["muting_reposts"], relation["mute_expires_at"]) == (
        False,
        True,
        None,
    )


async def test_mute_for_a_while_tells_its_end_and_ends(world: World) -> None:
    ada, bob = await world.person(), await world.person()

    reply = await world.put(f"/v1/accounts/{bob.id}/mute", by=ada, json={"duration_seconds": 60})
    await world.rows("UPDATE mutes SET expires_at = now() - interval '1 s'")

    expires_at = datetime.fromisoformat(reply.json()["mute_expires_at"])
    assert timedelta(seconds=50) < expires_at - datetime.now(UTC) <= timedelta(seconds=60)
    assert (await world.relation(ada, bob))["muting"] is False
    assert (await world.get("/v1/me/mutes", by=ada)).json()["items"] == []


async def test_expired_mutes_are_deleted_and_others_stay(world: World) -> None:
    ada, bob, cleo, dan = [await world.person() for _ in range(4)]
    await world.mute(ada, bob)
    await world.put(f"/v1/accounts/{cleo.id}/mute?duration_seconds=60", by=ada)
    await world.put(f"/v1/accounts/{dan.id}/mute?duration_seconds=60", by=ada)
    await world.rows("UPDATE mutes SET expires_at = now() - interval '1 s' WHERE muted_id = $1", cleo.id)

    await delete_expired_mutes(world.db)

    rows = await world.rows("SELECT muted_id FROM mutes")
    assert {row["muted_id"] for row in rows} == {bob.id, dan.id}


async def test_unmute_may_be_repeated(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.mute(ada, bob)

    for _ in range(2):
        reply = await world.delete(f"/v1/accounts/{bob.id}/mute", by=ada)
        assert (reply.status_code, reply.json()["muting"]) == (200, False)


@pytest.mark.parametrize(
    "body", [{"duration_seconds": 0}, {"scope": "none"}, {"until": 1}, {"duration_seconds": 10**12}]
)
async def test_wrong_options_are_refused_in_body_and_query(world: World, body: dict[str, object]) -> None:
    ada, bob = await world.person(), await world.person()
    (name, value), path = next(iter(body.items())), f"/v1/accounts/{bob.id}/mute"

    replies = [
        await world.put(path, by=ada, json=body),
        await world.put(f"{path}?{name}={value}", by=ada),
    ]

    assert [reply.status_code for reply in replies] == [422, 422]
    assert [reply.json()["errors"][0]["pointer"].strip("/") for reply in replies] == [name, name]
    assert await world.value("SELECT count(*) FROM mutes") == 0


async def test_nobody_mutes_themselves_or_who_is_missing(world: World) -> None:
    ada = await world.person()

    assert (await world.put(f"/v1/accounts/{ada.id}/mute", by=ada)).status_code == 422
    assert (await world.put("/v1/accounts/99/mute", by=ada)).json()["code"] == "account_not_found"
