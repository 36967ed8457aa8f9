from datetime import datetime

import pytest

from hubbub.accounts import ProfileChanges, ProfileField, lock_account, refresh_account, update_profile
from tests.support.world import Person, World


async def rename(world: World, who: Person, name: str) -> None:
    """As the route of the owner does it: change, commit, refresh."""
    async with world.db.transaction() as tx:
        account = await lock_account(tx, who.id)
        await update_profile(tx, account=account, changes=ProfileChanges(display_name=name))
    await refresh_account(world.services, who.id)


async def test_profile_shows_what_its_owner_wrote(world: World) -> None:
    ada = await world.person("ada.l")
    async with world.db.transaction() as tx:
        changes = ProfileChanges(
            bio="On #maths", fields=[ProfileField("Home", "<b>")], links=["https://a.example"]
        )
        await update_profile(tx, account=await lock_account(tx, ada.id), changes=changes)

    profile = (await world.get(f"/v1/accounts/{ada.id}")).json()

    created_at = profile.pop("created_at")
    assert profile == {
        "id": str(ada.id),
        "handle": "ada.l",
        "display_name": "Ada.L",
        "avatar": f"http://test/v1/accounts/{ada.id}/avatar",
        "is_private": False,
        "bio": "On #maths",
        "bio_entities": {"mentions": [], "tags": [{"tag": "maths", "start": 3, "end": 9}], "links": []},
        "fields": [{"name": "Home", "value": "<b>"}],
        "links": ["https://a.example"],
        "is_discoverable": True,
        "counts": {"followers": 0, "following": 0, "posts": 0},
        "viewer": None,
    }
    assert datetime.fromisoformat(created_at).utcoffset() is not None


async def test_relation_is_shown_with_a_token_only(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    await world.follow(ada, bob)

    seen = (await world.get(f"/v1/accounts/{bob.id}", by=ada)).json()["viewer"]
    anonymous = (await world.get(f"/v1/accounts/{bob.id}")).json()["viewer"]

    assert (seen["following"], seen["followed_by"]) == (True, False)
    assert anonymous is None


async def test_profile_is_found_by_handle_in_any_case(world: World) -> None:
    ada = await world.person("r0b.l")

    for handle in ("r0b.l", "R0B.L"):
        assert (await world.get(f"/v1/accounts/by-handle/{handle}")).json()["id"] == str(ada.id)
    for handle in ("rob.l", "nobody", "a%20b", "x" * 200):
        reply = await world.get(f"/v1/accounts/by-handle/{handle}")
        assert (reply.status_code, reply.json()["code"]) == (404, "account_not_found")


async def test_accounts_come_in_the_order_asked_for_without_who_is_hidden(world: World) -> None:
    ada, bob, cleo, dan = [await world.person() for _ in range(4)]
    await world.set_state(cleo, "suspended")
    await world.block(dan, ada)

    reply = await world.get(f"/v1/accounts?ids={dan.id},{bob.id},99,{cleo.id},{ada.id},{bob.id}", by=ada)

    assert [item["id"] for item in reply.json()["items"]] == [str(bob.id), str(ada.id)]


@pytest.mark.parametrize("by_ada", [True, False])
async def test_known_version_is_not_sent_again_until_it_changes(world: World, by_ada: bool) -> None:
    ada, bob = await world.person(), await world.person()
    by, path = (ada if by_ada else None), f"/v1/accounts/{bob.id}"
    etag = (await world.get(path, by=by)).headers["etag"]

    same = await world.get(path, by=by, headers={"If-None-Match": etag})
    await rename(world, bob, "Robert")
    other = await world.get(path, by=by, headers={"If-None-Match": etag})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert (other.status_code, other.json()["display_name"]) == (200, "Robert")
    assert other.headers["etag"] != etag


async def test_version_changes_with_the_viewers_relation_and_between_viewers(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    path = f"/v1/accounts/{bob.id}"
    etag = (await world.get(path, by=ada)).headers["etag"]
    await world.follow(ada, bob)

    by_ada = await world.get(path, by=ada, headers={"If-None-Match": etag})
    by_nobody = await world.get(path, headers={"If-None-Match": by_ada.headers["etag"]})

    assert (by_ada.status_code, by_ada.json()["viewer"]["following"]) == (200, True)
    assert (by_nobody.status_code, by_nobody.json()["viewer"]) == (200, None)
    assert by_ada.headers["cache-control"] == "private, no-cache"


async def test_warm_profile_costs_no_statement_for_the_card_and_one_round_trip(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    costs = {}
    for by in (None, ada):
        for is_warm in (False, True):
            before = world.services.valkey.round_trips
            with world.db.recorded_statements() as statements:
                await world.get(f"/v1/accounts/{bob.id}", by=by)
            costs[by is ada, is_warm] = (len(statements), world.services.valkey.round_trips - before)

    assert costs[False, True] == (0, 1)  # the rate budget
    assert costs[True, True] == (0, 1)  # and with it the stamp


async def test_many_profiles_cost_as_many_statements_as_one(world: World) -> None:
    ada, *others = [await world.person() for _ in range(12)]
    ids = ",".join(str(other.id) for other in others)
    await world.get(f"/v1/accounts?ids={others[0].id}", by=ada)

    costs = []
    for asked in (ids, ids, str(others[0].id)):
        with world.db.recorded_statements() as statements:
            await world.get(f"/v1/accounts?ids={asked}", by=ada)
        costs.append(len(statements))

    # Cards, profiles and counts of those not seen before; then nothing.
    assert costs == [3, 0, 0]


async def test_avatar_is_a_picture_that_runs_nothing(world: World) -> None:
    ada = await world.person()
    await rename(world, ada, "<script>")

    reply = await world.get(f"/v1/accounts/{ada.id}/avatar")
    known = await world.get(f"/v1/accounts/{ada.id}/avatar", headers={"If-None-Match": reply.headers["etag"]})

    assert reply.headers["content-type"] == "image/svg+xml"
    assert reply.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert b"&lt;</text>" in reply.content
    assert b"<script" not in reply.content
    assert (known.status_code, known.content) == (304, b"")


async def test_avatars_differ_and_stay_the_same(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("abe")
    pictures = [(await world.get(f"/v1/accounts/{who.id}/avatar")).content for who in (ada, bob, ada)]

    assert pictures[0] == pictures[2] != pictures[1]
    assert max(map(len, pictures)) < 1024
