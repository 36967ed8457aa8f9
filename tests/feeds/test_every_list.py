"""What holds for each list of the API that has pages."""

from dataclasses import replace
from typing import Any

import pytest

from hubbub.platform.http import PageQuery
from tests.support.operations import ROUTES, Call
from tests.support.world import Person, World

# Of sessions there are too few for pages.
LISTS = sorted(
    name
    for name, route in ROUTES.items()
    if route.query is not None and issubclass(route.query, PageQuery) and name != "listSessions"
)


UNACCEPTABLE: list[tuple[str, Any, str]] = [
    ("limit", 0, "out_of_range"),
    ("limit", 101, "out_of_range"),
    ("limit", -1, "out_of_range"),
    ("limit", "ten", "wrong_type"),
    ("limit", "", "wrong_type"),
    ("limit", "1.5", "wrong_type"),
    ("limit", 10**30, "out_of_range"),
    ("cursor", "", "too_short"),
    ("cursor", "a" * 301, "too_long"),
    ("offset", 3, "unknown_field"),
]


class Stage:
    """A reader for whom every list holds at least three items."""

    def __init__(self, world: World, reader: Person) -> None:
        self.world = world
        self.reader = reader
        self.post: dict[str, Any] = {}
        self.list_id = ""
        self.conversation_id = ""

    async def open(self) -> None:
        """What the lists hang on."""
        self.post = await self.world.write(self.reader, "About #rivers")
        made = await self.world.post("/v1/lists", by=self.reader, json={"title": "Friends"})
        self.list_id = made.json()["id"]
        self.conversation_id = await self.converse()

    async def converse(self) -> str:
        """A group of three, with three messages."""
        people = [str((await self.world.person()).id) for _ in range(2)]
        body = {"name": "Friends", "account_ids": people}
        made = await self.world.post("/v1/conversations", by=self.reader, json=body)
        path = f"/v1/conversations/{made.json()['id']}/messages"
        for number in range(3):
            await self.world.post(path, by=self.reader, json={"text": f"Words {number}"})
        found: str = made.json()["id"]
        return found

    async def fill(self) -> None:
        world, reader = self.world, self.reader
        await self.open()
        for number in range(3):
            other = await world.person()
            await world.follow(reader, other)
            await world.put(f"/v1/lists/{self.list_id}/members/{other.id}", by=reader)
            await world.follow(other, reader)
            await world.write(other, "More #rivers", quote=self.post["id"])
            comment = await world.comment(other, self.post)
            for verb in ("like", "repost"):
                await world.put(f"/v1/posts/{self.post['id']}/{verb}", by=other)
            for verb in ("like", "bookmark"):
                await world.put(f"/v1/posts/{comment['id']}/{verb}", by=reader)
            await world.mute(reader, other, scope="reposts")
            await world.block(reader, await world.person())
            await world.write(reader, f"Number {number} #rivers")
            await world.patch(f"/v1/posts/{self.post['id']}", by=reader, json={"text": f"Again {number}"})
        await world.set_private(reader)
        for _ in range(3):
            await world.follow(await world.person(), reader)
            await self.converse()
        await world.settle()

    def call(self, name: str, **query: Any) -> Call:
        path = {"post_id": self.post["id"], "account_id": self.reader.id, "tag": "rivers"}
        path["list_id"] = self.list_id
        path["conversation_id"] = self.conversation_id
        path["notification"] = f"like-{self.post['id']}"
        if name == "searchMessages":
            query = {"q": "words", **query}
        return Call(name, {part: path[part] for part in ROUTES[name].parameters}, query)

    async def page(self, call: Call) -> dict[str, Any]:
        reply = await call.send(self.world, self.reader)
        assert reply.status_code == 200, (call, reply.text)
        found: dict[str, Any] = reply.json()
        return found


@pytest.fixture
async def stage(world: World) -> Stage:
    stage = Stage(world, await world.person())
    await stage.fill()
    return stage


@pytest.fixture
async def empty(world: World) -> Stage:
    stage = Stage(world, await world.person())
    await stage.open()
    return stage


# One that is not here would be a list whose pages nobody looks at.
def test_lists_are_these() -> None:
    assert LISTS == [
        "getHome",
        "getListFeed",
        "getPublic",
        "getTag",
        "listAuthorPosts",
        "listBlocks",
        "listComments",
        "listConversations",
        "listFollowRequests",
        "listFollowers",
        "listFollowing",
        "listLikes",
        "listListMembers",
        "listMembers",
        "listMessages",
        "listMutes",
        "listMyBookmarks",
        "listMyLikes",
        "listNotificationAccounts",
        "listNotifications",
        "listQuotes",
        "listReposts",
        "listRevisions",
        "searchMessages",
    ]


# The reader is private, so these have nothing to show of them.
PAGED = [name for name in LISTS if name not in ("getPublic", "getTag")]


async def test_pages_of_one_lead_through_every_list_and_back(stage: Stage) -> None:
    for name in PAGED:
        everything = (await stage.page(stage.call(name)))["items"]
        page = await stage.page(stage.call(name, limit=1))
        forth = [page["items"]]
        while page["next"]:
            page = await stage.page(stage.call(name, limit=1, cursor=page["next"]))
            forth.append(page["items"])
        back = [page["items"]]
        while page["prev"]:
            page = await stage.page(stage.call(name, limit=1, cursor=page["prev"]))
            back.append(page["items"])

        assert len(everything) >= 3, name
        assert forth == [[item] for item in everything], name
        assert back == forth[::-1], name


async def test_no_list_takes_the_cursor_of_another(stage: Stage) -> None:
    cursors = {name: (await stage.page(stage.call(name, limit=1)))["next"] for name in PAGED}
    taken = []
    for giver, cursor in cursors.items():
        for name in LISTS:
            reply = await stage.call(name, cursor=cursor).send(stage.world, stage.reader)
            if reply.status_code != 400 or reply.json()["code"] != "bad_cursor":
                taken.append((giver, name))

    assert taken == [(name, name) for name in PAGED]


async def test_cursor_is_for_the_order_and_the_filters_it_came_from(stage: Stage) -> None:
    variants: dict[str, list[dict[str, Any]]] = {
        "listComments": [{"order": order} for order in ("newest", "oldest", "top")],
        "listAuthorPosts": [{"replies": "true"}, {"replies": "false"}, {"pinned": "true", "replies": "true"}],
    }
    for name, queries in variants.items():
        for given in queries[:2]:
            cursor = (await stage.page(stage.call(name, limit=1, **given)))["next"]
            replies = [
                await stage.call(name, cursor=cursor, **each).send(stage.world, stage.reader)
                for each in queries
            ]
            assert [reply.status_code == 200 for reply in replies] == [each == given for each in queries]


async def test_no_list_takes_the_cursor_of_another_reader(stage: Stage) -> None:
    other = await stage.world.person()
    for name in PAGED:
        call = stage.call(name)
        cursor = (await stage.page(replace(call, query={**call.query, "limit": 1})))["next"]
        for by in (other, None):
            reply = await replace(call, query={**call.query, "cursor": cursor}).send(stage.world, by)
            assert reply.status_code in (400, 401), (name, by)
            assert reply.json()["code"] in ("bad_cursor", "unauthorized"), (name, by)


async def test_what_was_never_a_cursor_is_refused_by_every_list(empty: Stage) -> None:
    for cursor in ("x", "0", "AAAA", "%00", "a" * 300, "é", "!!!!", "==", "null"):
        for name in LISTS:
            reply = await empty.call(name, cursor=cursor).send(empty.world, empty.reader)
            assert (reply.status_code, reply.json()["code"]) == (400, "bad_cursor"), (name, cursor)


async def test_unacceptable_parameter_is_named_by_every_list(empty: Stage) -> None:
    for parameter, value, code in UNACCEPTABLE:
        for name in LISTS:
            reply = await empty.call(name, **{parameter: value}).send(empty.world, empty.reader)
            found = [(error["pointer"], error["code"]) for error in reply.json()["errors"]]
            assert (reply.status_code, found) == (422, [(parameter, code)]), (name, value)


async def test_parameter_given_twice_is_refused_by_every_list(empty: Stage) -> None:
    for name in LISTS:
        call = empty.call(name)
        path = call.route.path.format(**call.path)
        reply = await empty.world.get(f"{path}?q=words&limit=1&limit=2", by=empty.reader)
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (422, "repeated"), name


async def test_deleted_cursor_post_still_marks_its_place(stage: Stage) -> None:
    posts = [await stage.world.write(stage.reader) for _ in range(4)]
    first = await stage.page(stage.call("getHome", limit=2))

    await stage.world.delete(f"/v1/posts/{first['items'][1]['id']}", by=stage.reader)
    second = await stage.page(stage.call("getHome", limit=2, cursor=first["next"]))

    assert [item["id"] for item in second["items"]] == [posts[1]["id"], posts[0]["id"]]
