"""What the instance document says of limits is what holds."""

from typing import Any

import pytest

from hubbub.lists import MAX_MEMBERS
from hubbub.system.version import VERSION
from tests.support.world import Person, World


async def instance(world: World) -> dict[str, Any]:
    found: dict[str, Any] = (await world.get("/v1/instance")).json()
    return found


async def test_instance_names_itself_and_where_to_read_on(world: World) -> None:
    reply = await world.get("/v1/instance")

    found = reply.json()
    assert (found["name"], found["version"], found["api_versions"]) == ("Hubbub", VERSION, ["v1"])
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    for name in ("documentation", "openapi"):
        path = found[name].removeprefix(found["url"])
        assert (await world.get(path)).status_code == 200


def a_poll(options: list[str], seconds: int = 600) -> dict[str, Any]:
    return {"options": options, "expires_in": seconds}


@pytest.mark.parametrize(
    ("limit", "make"),
    [
        ("characters", lambda number: {"text": "x" * number}),
        ("content_warning_characters", lambda number: {"text": "x", "content_warning": "w" * number}),
        ("poll_options", lambda number: {"text": "x", "poll": a_poll([f"n{n}" for n in range(number)])}),
        ("poll_option_characters", lambda number: {"text": "x", "poll": a_poll(["x" * number, "y"])}),
        ("max_poll_seconds", lambda number: {"text": "x", "poll": a_poll(["x", "y"], number)}),
        ("mentions", lambda number: {"text": " ".join(f"@user{at}" for at in range(number))}),
    ],
)
async def test_posts_are_taken_up_to_the_limit_and_no_further(world: World, limit: str, make: Any) -> None:
    ada, most = await world.person(), (await instance(world))["post"][limit]

    replies = [await world.post("/v1/posts", by=ada, json=make(number)) for number in (most, most + 1)]

    assert [reply.status_code for reply in replies] == [201, 422]


@pytest.mark.parametrize(
    ("limit", "kind", "sign"), [("tags", "tags", "#t"), ("links", "links", "https://a.example/")]
)
async def test_tags_and_links_past_the_limit_are_plain_text(
    world: World, limit: str, kind: str, sign: str
) -> None:
    ada, most = await world.person(), (await instance(world))["post"][limit]

    post = await world.write(ada, " ".join(f"{sign}{at}" for at in range(most + 1)))

    assert len(post["entities"][kind]) == most


async def test_comments_are_taken_down_to_the_deepest_level(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    for _ in range((await instance(world))["post"]["comment_levels"]):
        post = await world.comment(ada, post)

    deeper = await world.post(f"/v1/posts/{post['id']}/comments", by=ada, json={"text": "deeper"})

    assert (deeper.status_code, deeper.json()["code"]) == (422, "too_deep")


@pytest.mark.parametrize(
    ("limit", "make"),
    [
        ("display_name_characters", lambda number: {"display_name": "n" * number}),
        ("bio_characters", lambda number: {"bio": "b" * number}),
        ("fields", lambda number: {"fields": [{"name": "a", "value": "b"}] * number}),
        ("links", lambda number: {"links": [f"https://example.org/{at}" for at in range(number)]}),
    ],
)
async def test_profiles_are_taken_up_to_the_limit_and_no_further(world: World, limit: str, make: Any) -> None:
    ada, most = await world.person(), (await instance(world))["account"][limit]

    replies = [await world.patch("/v1/me", by=ada, json=make(number)) for number in (most, most + 1)]

    assert [reply.status_code for reply in replies] == [200, 422]


@pytest.mark.parametrize(
    ("limits", "field", "text"),
    [("handle", "handle", "qzxv" * 100), ("password", "password", "Ro?7kfW2" * 100)],
)
async def test_sign_ups_are_taken_within_the_limits(world: World, limits: str, field: str, text: str) -> None:
    account = (await instance(world))["account"]
    least, most = account[f"min_{limits}_characters"], account[f"max_{limits}_characters"]

    statuses = []
    for at, length in enumerate((least - 1, least, most, most + 1)):
        body = {"handle": f"person{at}", "email": f"p{at}@example.org", "password": "a river under a bridge"}
        reply = await world.post("/v1/auth/register", json=body | {field: text[:length]})
        statuses.append(reply.status_code)

    assert statuses == [422, 201, 201, 422]


async def test_pins_are_taken_up_to_the_limit_and_no_further(world: World) -> None:
    ada, most = await world.person(), (await instance(world))["account"]["pins"]

    statuses = [await pin(world, ada) for _ in range(most + 1)]

    assert statuses == [200] * most + [409]


async def pin(world: World, by: Person) -> int:
    post = await world.write(by)
    return (await world.put(f"/v1/posts/{post['id']}/pin", by=by)).status_code


async def test_lists_are_taken_within_their_limits(world: World) -> None:
    ada, limits = await world.person(), await instance(world)
    most = limits["list"]["title_characters"]

    titles = [
        await world.post("/v1/lists", by=ada, json={"title": "t" * number}) for number in (most, most + 1)
    ]
    lists = [
        await world.post("/v1/lists", by=ada, json={"title": "t"}) for _ in range(limits["account"]["lists"])
    ]

    assert [reply.status_code for reply in titles] == [201, 422]
    assert [reply.status_code for reply in lists] == [201] * (limits["account"]["lists"] - 1) + [409]
    assert limits["list"]["members"] == MAX_MEMBERS


async def test_pages_and_lists_of_ids_are_taken_up_to_the_limit_and_no_further(world: World) -> None:
    page = (await instance(world))["page"]

    pages = [await world.get(f"/v1/feeds/public?limit={page['items'] + more}") for more in (0, 1)]
    lists = [
        await world.get("/v1/posts?ids=" + ",".join(map(str, range(1, page["ids"] + 1 + more))))
        for more in (0, 1)
    ]

    assert [reply.status_code for reply in pages] == [200, 422]
    assert [reply.status_code for reply in lists] == [200, 422]
