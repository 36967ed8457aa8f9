"""What the routes of profiles say to odd ids, handles and methods."""

import pytest

from tests.support.world import World

ODD_IDS = ["0", "-1", "01", "9" * 19, "9" * 30, "abc", "1.0", "%20"]


@pytest.mark.parametrize("path", ["", "/avatar", "/followers", "/following", "/posts"])
async def test_odd_id_is_answered_like_an_account_that_never_was(world: World, path: str) -> None:
    same_id = {"X-Request-Id": "the-same"}
    never = await world.get(f"/v1/accounts/7{path}", headers=same_id)

    for odd in ODD_IDS:
        reply = await world.get(f"/v1/accounts/{odd}{path}", headers=same_id)
        assert (reply.status_code, reply.content) == (404, never.content), odd

    assert never.json()["code"] == "account_not_found"


@pytest.mark.parametrize("handle", ["a", "x" * 31, "no such one", "%00", "@ada", "ada.", "é", "x" * 500])
async def test_what_is_no_handle_finds_nobody(world: World, handle: str) -> None:
    await world.person("ada")

    reply = await world.get(f"/v1/accounts/by-handle/{handle}")

    assert reply.status_code in (400, 404)
    assert reply.json()["code"] in ("account_not_found", "bad_path")


@pytest.mark.parametrize(
    "query", ["", "?ids=", "?ids=x", "?ids=1,,2", "?ids=1,", "?ids=0", "?ids=1&ids=2", "?ids=1&limit=3"]
)
async def test_unacceptable_list_of_ids_is_refused(world: World, query: str) -> None:
    reply = await world.get(f"/v1/accounts{query}")

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")


async def test_hundred_accounts_are_shown_and_one_more_is_refused(world: World) -> None:
    people = [await world.person() for _ in range(3)]
    ids = [*(str(person.id) for person in people[::-1]), *(str(number) for number in range(1, 98))]

    shown = await world.get(f"/v1/accounts?ids={','.join(ids)}")
    refused = await world.get(f"/v1/accounts?ids={','.join(ids)},99")

    assert [item["id"] for item in shown.json()["items"]] == ids[:3]
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("", {"GET", "HEAD"}),
        ("/avatar", {"GET", "HEAD"}),
        ("/follow", {"PUT", "DELETE"}),
        ("/follower", {"DELETE"}),
        ("/block", {"PUT", "DELETE"}),
        ("/mute", {"PUT", "DELETE"}),
        ("/followers", {"GET", "HEAD"}),
    ],
)
async def test_other_methods_are_told_what_is_allowed(world: World, path: str, allowed: set[str]) -> None:
    ada = await world.person()

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        reply = await world.request(method, f"/v1/accounts/{ada.id}{path}", by=ada)
        assert (reply.status_code, reply.json()["code"]) == (405, "method_not_allowed")
        assert set(reply.headers["allow"].split(", ")) == allowed


async def test_caches_in_between_keep_only_what_is_for_everyone(world: World) -> None:
    ada, bob = await world.person(), await world.person()
    path = f"/v1/accounts/{ada.id}"

    found = [
        (await world.get(f"{path}{part}", by=by)).headers["cache-control"]
        for part in ("", "/avatar")
        for by in (None, bob)
    ]

    assert found == ["no-cache", "private, no-cache", "public, max-age=300", "private, max-age=300"]


async def test_name_is_drawn_as_text_whatever_it_is(world: World) -> None:
    ada = await world.person()

    for name, shown in (
        ("<b>", "&lt;"),
        ("&amp;", "&amp;"),
        ('"x', "&quot;"),
        ("ß", "SS"),
        ("👩‍👩‍👧 x", "👩‍👩‍👧"),
    ):
        await world.patch("/v1/me", by=ada, json={"display_name": name})
        picture = (await world.get(f"/v1/accounts/{ada.id}/avatar")).text
        assert f'fill="#fff">{shown}</text>' in picture


async def test_nameless_account_is_drawn_by_its_handle(world: World) -> None:
    ada = await world.person("zoe")
    await world.patch("/v1/me", by=ada, json={"display_name": ""})

    picture = (await world.get(f"/v1/accounts/{ada.id}/avatar")).text

    assert ">Z</text>" in picture


async def test_counts_of_each_kind_are_told_apart(world: World) -> None:
    ada, *others = [await world.person() for _ in range(4)]
    for other in others:
        await world.follow(other, ada)
    for other in others[:2]:
        await world.follow(ada, other)
    await world.write(ada)

    assert await world.counts(ada) == {"followers": 3, "following": 2, "posts": 1}
