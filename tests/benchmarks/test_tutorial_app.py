"""The baseline's app itself, on a copy of Hubbub's people.

It needs Node.js, and its packages where `python -m benchmarks.tutorial` puts them.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Any

import httpx
import pytest

from benchmarks.tutorial import (
    Engines,
    Style,
    TutorialTarget,
    copy_people,
    create_database,
    drop_database,
    hash_password,
    install,
    is_installed,
    running_tutorial,
    warm_up,
)
from hubbub.bench import OPERATIONS
from tests.support.world import PASSWORD, Person, World

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="needs Node.js and its packages: run `python -m benchmarks.tutorial` once"
)
QUERY = Style(feed="query", counts="subqueries")
FANOUT = Style(feed="fanout", counts="counters", jwt_key="text")
both_styles = pytest.mark.parametrize("style", [QUERY, FANOUT], ids=lambda style: style.name)


@cache
def password_hash() -> str:
    return hash_password(install(), PASSWORD)


class App:
    def __init__(self, target: TutorialTarget, http: httpx.AsyncClient) -> None:
        self.http = http
        self.target = target

    async def ask(self, by: Person, operation: str, **what: Any) -> httpx.Response:
        [person] = await self.target.sign_in([by.id])
        call = self.target.request(operation, person, **what)
        return await self.http.request(call.method, call.path, headers=dict(call.headers), content=call.body)

    async def answer(self, by: Person, operation: str, **what: Any) -> Any:
        return (await self.ask(by, operation, **what)).raise_for_status().json()

    async def home(self, by: Person, cursor: str = "") -> list[str]:
        return [item["text"] for item in (await self.answer(by, "home", cursor=cursor))["items"]]


Start = Callable[[Style], AbstractAsyncContextManager[App]]


@pytest.fixture
def start(database_url: str, valkey_url: str) -> Start:
    """Runs it in a style, on a copy of what Hubbub holds at that moment."""

    @asynccontextmanager
    async def start(style: Style) -> AsyncIterator[App]:
        packages = install()
        url = await create_database(database_url)
        try:
            await copy_people(database_url, url, password_hash=password_hash(), avatars="http://test")
            engines = Engines(database_url, valkey_url, postgres_pid=os.getpid(), valkey_pid=os.getpid())
            with running_tutorial(packages, engines, password=PASSWORD, style=style) as target:
                async with httpx.AsyncClient(base_url=target.base_url) as http:
                    yield App(target, http)
        finally:
            await drop_database(database_url)

    return start


async def test_every_operation_succeeds_and_again(world: World, start: Start) -> None:
    ada, ben = await world.person(), await world.person()
    post = await world.write(ben)
    subjects = dict.fromkeys(("profile", "author", "follow", "unfollow"), ben.id)

    async with start(QUERY) as app:
        for operation in OPERATIONS * 2:
            answer = await app.ask(
                ada, operation, subject=subjects.get(operation, int(post["id"])), text="A few words"
            )
            assert answer.is_success, f"{operation}: {answer.text}"


@both_styles
async def test_feed_holds_posts_by_those_followed_newest_first(
    world: World, start: Start, style: Style
) -> None:
    ada, ben, eve = [await world.person() for _ in range(3)]
    await world.follow(ada, ben)
    for number in range(15):
        await world.write(ben, f"before {number}")
    await world.write(eve, "a stranger's")

    async with start(style) as app:
        for number in range(30):
            await app.answer(ben, "post", text=f"after {number}")
        await app.answer(eve, "post", text="a stranger's")
        pages = [await app.home(ada, cursor) for cursor in ("", "2", "3")]

    written = [f"before {number}" for number in range(15)] + [f"after {number}" for number in range(30)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [text for page in pages for text in page] == written[::-1]


@both_styles
async def test_a_post_shows_what_others_did_with_it(world: World, start: Start, style: Style) -> None:
    ada, ben = await world.person(), await world.person()
    await world.follow(ada, ben)
    post = int((await world.write(ben))["id"])
    (await world.put(f"/v1/posts/{post}/like", by=ben)).raise_for_status()

    async with start(style) as app:
        liked = [await app.answer(ada, "like", subject=post) for _ in range(2)]
        comment = await app.answer(ada, "comment", subject=post, text="An answer")
        [in_feed] = (await app.answer(ada, "home"))["items"]
        page = await app.answer(ben, "thread", subject=post)
        unliked = [await app.answer(ada, "unlike", subject=post) for _ in range(2)]

    assert liked == [{"liked": True, "likes": 2}] * 2
    assert in_feed["counts"] == {"likes": 2, "comments": 1}
    assert in_feed["viewer"] == {"liked": True}
    assert page["comments"] == [comment]
    assert unliked == [{"liked": False, "likes": 1}] * 2


async def test_a_page_carries_the_same_facts_as_hubbubs(world: World, start: Start) -> None:
    ada, ben = await world.person(), await world.person()
    await world.follow(ada, ben)
    await world.write(ben)
    expected = (await world.get("/v1/feeds/home", by=ada)).json()["items"][0]

    async with start(QUERY) as app:
        [shown] = (await app.answer(ada, "home"))["items"]
        profile = await app.answer(ada, "profile", subject=ben.id)

    assert _part_of(shown, expected) == shown
    wanted = (await world.get(f"/v1/accounts/{ben.id}", by=ada)).json()
    assert _part_of(profile, wanted) == profile


async def test_a_profile_in_the_cache_is_dropped_when_it_changes(world: World, start: Start) -> None:
    ada, ben = await world.person(), await world.person()

    async with start(QUERY) as app:
        counts = []
        for operation in ("login", "follow", "post", "unfollow"):
            await app.answer(ada, operation, subject=ben.id, text="A few words")
            counts.append([(await app.answer(ada, "profile", subject=of.id))["counts"] for of in (ada, ben)])

    assert [(of_ada["following"], of_ada["posts"], of_ben["followers"]) for of_ada, of_ben in counts] == [
        (0, 0, 0),
        (1, 0, 1),
        (1, 1, 1),
        (0, 1, 0),
    ]


async def test_a_poll_with_nothing_new_is_told_so(world: World, start: Start) -> None:
    ada, ben = await world.person(), await world.person()
    await world.follow(ada, ben)
    await world.write(ben)

    async with start(QUERY) as app:
        etag = (await app.ask(ada, "home")).headers["etag"]
        same = await app.ask(ada, "poll", etag=etag)
        await app.answer(ben, "post", text="New")
        other = await app.ask(ada, "poll", etag=etag)

    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200


async def test_who_registers_can_log_in_and_read(world: World, start: Start) -> None:
    person = {"handle": "newcomer", "email": "new@example.org", "password": "a long enough one"}

    async with start(QUERY) as app:
        made = await app.http.post("/register", json=person)
        again = await app.http.post("/register", json=person)
        wrong = await app.http.post("/login", json=person | {"password": "another one"})
        token = (await app.http.post("/login", json=person)).json()["token"]
        feed = await app.http.get("/feed", headers={"Authorization": f"Bearer {token}"})

    assert (made.status_code, again.status_code, wrong.status_code) == (201, 400, 401)
    assert feed.json() == {"items": [], "page": 1}


BAD = [
    ("GET", "/users/99999999999999999999", b"", 404),
    ("GET", "/users/nobody", b"", 404),
    ("GET", "/posts/1", b"", 404),
    ("GET", "/feed?page=0", b"", 400),
    ("GET", "/nowhere", b"", 404),
    ("POST", "/posts", b"{", 400),
    ("POST", "/posts", b'{"text":1}', 400),
    ("POST", "/posts", rb'{"text":"\u0000"}', 400),
    ("POST", "/posts", b'{"text":"x","visibility":"secret"}', 400),
    ("POST", "/posts/1/like", b"", 404),
    ("POST", "/users/1/follow", b"", 404),
]


async def test_bad_input_is_refused(world: World, start: Start) -> None:
    ada = await world.person()

    async with start(QUERY) as app:
        token = (await app.answer(ada, "login"))["token"]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        for method, path, body, status in BAD:
            answer = await app.http.request(method, path, content=body, headers=headers)
            assert answer.status_code == status, (path, body)
            assert answer.json()["error"]


@both_styles
async def test_warming_up_leaves_everything_as_it_was(world: World, start: Start, style: Style) -> None:
    ada, ben = await world.person(), await world.person()
    await world.follow(ada, ben)
    await world.follow(ben, ada)
    post = int((await world.write(ben))["id"])

    async with start(style) as app:
        await warm_up(app.target, requests=50)
        homes = [await app.home(who) for who in (ada, ben)]
        page = await app.answer(ada, "thread", subject=post)
        profile = await app.answer(ada, "profile", subject=ada.id)

    assert homes == [["A few words"], []]
    assert (page["counts"], page["comments"]) == ({"likes": 0, "comments": 0}, [])
    assert profile["counts"] == {"followers": 1, "following": 1, "posts": 0}


async def test_without_a_token_nothing_is_shown(world: World, start: Start) -> None:
    async with start(QUERY) as app:
        bare = await app.http.get("/feed")
        forged = await app.http.get("/feed", headers={"Authorization": "Bearer a.b.c"})

    assert (bare.status_code, forged.status_code) == (401, 401)


def _part_of(asked: Any, whole: Any) -> Any:
    """Those fields of `whole` that `asked` has."""
    if not isinstance(asked, dict):
        return whole
    return {name: _part_of(value, whole[name]) for name, value in asked.items()}
