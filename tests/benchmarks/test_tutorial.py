"""The baseline that benchmarks compare with: the same people, asked for the same things."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import jwt
import pytest

from benchmarks.tutorial import (
    TutorialTarget,
    TutorialUnavailable,
    copy_people,
    create_database,
    drop_database,
    install,
    recount,
)
from benchmarks.tutorial.compare import Item, difference_between
from benchmarks.tutorial.data import Connection
from benchmarks.tutorial.target import ROUTES
from hubbub.bench import OPERATIONS, Person
from tests.support.world import World

AVATARS = "http://hubbub.example"
READER = Person(7, "ada", "a-token")


def target(database_url: str = "") -> TutorialTarget:
    return TutorialTarget(
        name="tutorial",
        base_url="http://127.0.0.1:1",
        processes={"node": 1},
        database_url=database_url,
        valkey_url="",
        secret="a secret of at least thirty-two bytes",
        password="a password",
    )


@pytest.fixture
async def copied_url(world: World, database_url: str) -> AsyncIterator[str]:
    """The baseline's empty database beside the world's; a test fills it with `copy`."""
    yield await create_database(database_url)
    await drop_database(database_url)


@pytest.fixture
async def tutorial(copied_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(copied_url)
    yield connection
    await connection.close()


async def copy(database_url: str, copied_url: str) -> dict[str, int]:
    return await copy_people(database_url, copied_url, password_hash="a-hash", avatars=AVATARS)


async def test_copy_holds_the_same_under_the_same_ids(
    world: World, database_url: str, copied_url: str, tutorial: Connection
) -> None:
    ada, ben = await world.person("ada"), await world.person("ben")
    await world.follow(ada, ben)
    post = await world.write(ben, "Good morning", visibility="followers")
    answer = await world.comment(ada, post, "And to you")
    (await world.put(f"/v1/posts/{post['id']}/like", by=ada)).raise_for_status()

    rows = await copy(database_url, copied_url)

    assert rows == {"users": 2, "posts": 1, "comments": 1, "follows": 1, "likes": 1, "notifications": 0}
    person = await tutorial.fetchrow("SELECT * FROM users WHERE id = $1", ben.id)
    assert person is not None
    assert (person["handle"], person["email"], person["password_hash"]) == (
        "ben",
        "ben@example.org",
        "a-hash",
    )
    assert person["avatar"] == f"{AVATARS}/v1/accounts/{ben.id}/avatar"
    copied = await tutorial.fetchrow(
        """
        SELECT author_id, text, visibility, likes_count, comments_count,
               to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at
        FROM posts WHERE id = $1
        """,
        int(post["id"]),
    )
    assert copied is not None
    assert tuple(copied) == (ben.id, "Good morning", "followers", 1, 1, post["created_at"])
    comment = await tutorial.fetchrow(
        "SELECT post_id, author_id, text FROM comments WHERE id = $1", int(answer["id"])
    )
    assert comment is not None
    assert tuple(comment) == (int(post["id"]), ada.id, "And to you")
    assert await tutorial.fetchval("SELECT follower_id FROM follows WHERE followee_id = $1", ben.id) == ada.id
    assert await tutorial.fetchval("SELECT user_id FROM likes") == ada.id


async def test_copy_leaves_behind_what_the_baseline_cannot_show(
    world: World, database_url: str, copied_url: str, tutorial: Connection
) -> None:
    ada = await world.person("ada")
    kept = await world.write(ada, "Kept")
    gone = await world.write(ada, "Gone")
    await world.comment(ada, gone)
    comment = await world.comment(ada, kept, "First")
    await world.comment(ada, comment, "On the first")
    await world.write(ada, "For nobody", visibility="mentioned")
    (await world.put(f"/v1/posts/{comment['id']}/like", by=ada)).raise_for_status()
    (await world.put(f"/v1/posts/{kept['id']}/repost", by=ada)).raise_for_status()
    (await world.delete(f"/v1/posts/{gone['id']}", by=ada)).raise_for_status()

    rows = await copy(database_url, copied_url)

    assert rows == {"users": 1, "posts": 1, "comments": 2, "follows": 0, "likes": 0, "notifications": 0}
    posts = await tutorial.fetch("SELECT id, comments_count FROM posts")
    assert [tuple(row) for row in posts] == [(int(kept["id"]), 2)]


async def test_what_is_written_after_a_copy_gets_new_ids(
    world: World, database_url: str, copied_url: str, tutorial: Connection
) -> None:
    ada = await world.person("ada")
    post = await world.write(ada)
    await copy(database_url, copied_url)

    id_ = await tutorial.fetchval(
        "INSERT INTO posts (author_id, text) VALUES ($1, 'New') RETURNING id", ada.id
    )

    assert id_ > int(post["id"])


async def test_recount_puts_counts_right(
    world: World, database_url: str, copied_url: str, tutorial: Connection
) -> None:
    ada = await world.person("ada")
    post = await world.write(ada)
    await copy(database_url, copied_url)
    await tutorial.execute("INSERT INTO likes (post_id, user_id) VALUES ($1, $2)", int(post["id"]), ada.id)

    await recount(copied_url)

    assert await tutorial.fetchval("SELECT likes_count FROM posts") == 1


@pytest.mark.parametrize("has_time_index", [True, False])
async def test_the_index_on_time_is_optional(
    world: World, database_url: str, copied_url: str, tutorial: Connection, has_time_index: bool
) -> None:
    await copy_people(
        database_url, copied_url, password_hash="a-hash", avatars=AVATARS, has_time_index=has_time_index
    )

    found = await tutorial.fetchval("SELECT to_regclass('posts_created_idx') IS NOT NULL")
    assert found == has_time_index


def test_every_operation_has_a_request() -> None:
    assert set(ROUTES) == set(OPERATIONS)


@pytest.mark.parametrize(
    ("operation", "cursor", "line"),
    [
        ("home", "", "GET /feed"),
        ("home", "3", "GET /feed?page=3"),
        ("author", "3", "GET /users/41/posts?page=3"),
        ("like", "", "POST /posts/41/like"),
    ],
)
def test_a_request_names_subject_page_and_reader(operation: str, cursor: str, line: str) -> None:
    call = target().request(operation, READER, subject=41, cursor=cursor, text="unused")

    assert f"{call.method} {call.path}" == line
    assert call.headers["Authorization"] == "Bearer a-token"
    assert call.body == b""


def test_a_request_carries_the_text() -> None:
    call = target().request("comment", READER, subject=41, text="Ça va")

    assert (call.method, call.path, call.body.decode()) == ("POST", "/posts/41/comments", '{"text":"Ça va"}')
    assert call.headers["Content-Type"] == "application/json"


def test_a_login_proves_who_it_is_by_password_alone() -> None:
    call = target().request("login", READER)

    assert call.body == b'{"handle":"ada","password":"a password"}'
    assert "Authorization" not in call.headers


def test_only_a_poll_says_what_is_known() -> None:
    assert target().request("poll", READER, etag='W/"1"').headers["If-None-Match"] == 'W/"1"'
    assert "If-None-Match" not in target().request("home", READER, etag='W/"1"').headers


def test_a_full_page_has_a_next_one() -> None:
    assert target().next_cursor(b'{"items":[%b],"page":2}' % b",".join([b"{}"] * 20)) == "3"
    assert target().next_cursor(b'{"items":[%b],"page":2}' % b",".join([b"{}"] * 19)) == ""


async def test_tokens_are_those_of_a_login(world: World, database_url: str, copied_url: str) -> None:
    ada, ben = await world.person("ada"), await world.person("ben")
    await copy(database_url, copied_url)

    people = await target(copied_url).sign_in([ben.id, ada.id])

    assert [(person.id, person.handle) for person in people] == [(ben.id, "ben"), (ada.id, "ada")]
    claims = jwt.decode(people[0].token, target().secret, algorithms=["HS256"], options={"require": ["exp"]})
    assert claims["userId"] == str(ben.id)


def test_without_node_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(TutorialUnavailable, match=r"no `node` here.*apt install"):
        install(tmp_path)


def test_an_old_node_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "node", "echo v18.19.0")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(TutorialUnavailable, match=r"this is v18\.19\.0"):
        install(tmp_path)


def test_an_installation_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "node", "echo v20.0.0")
    _program(tmp_path / "npm", "echo half > half; echo no network >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}")

    with pytest.raises(TutorialUnavailable, match="npm failed:\nno network"):
        install(tmp_path / "cache")

    assert list((tmp_path / "cache").iterdir()) == []


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def item(id_: int, time: int = 0) -> Item:
    return Item(str(id_), "1", f"2026-01-01T00:00:00.{time:03}Z")


@pytest.mark.parametrize(
    ("shown", "expected", "difference"),
    [
        ([item(3, 2), item(2, 1)], [item(3, 2), item(2, 1), item(1, 0)], ""),
        ([item(2, 1), item(3, 1)], [item(3, 1), item(2, 1)], ""),
        ([item(3, 2), item(1, 0)], [item(3, 2), item(2, 1), item(1, 0)], "other posts"),
        ([item(3, 2), item(9, 1)], [item(3, 2), item(2, 1)], "posts that Hubbub does not show"),
        ([item(3, 2), item(3, 2)], [item(3, 2), item(2, 2)], "twice"),
        ([item(3, 2), item(2, 1)], [item(3, 2)], "other posts"),
        ([], [item(3, 2)], "empty"),
    ],
)
def test_feeds_differ_by_their_posts_and_not_by_ties(
    shown: list[Item], expected: list[Item], difference: str
) -> None:
    assert bool(difference_between(shown, expected)) == bool(difference)
    assert difference in difference_between(shown, expected)
