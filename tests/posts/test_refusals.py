"""What operations say to a body that they cannot take, and paths to other methods and odd ids."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.operations import ROUTES, Call
from tests.support.world import Person, World

WRITES = ("createPost", "createComment", "editPost")
JSON = {"Content-Type": "application/json"}


@dataclass
class Stage:
    world: World
    author: Person
    post_id: str

    async def send(
        self, operation: str, content: bytes, headers: dict[str, str], *, by: Person | None
    ) -> httpx.Response:
        route = ROUTES[operation]
        path = route.path.format(post_id=self.post_id)
        return await self.world.request(route.method, path, by=by, content=content, headers=headers)

    async def is_untouched(self) -> bool:
        """Nothing but the one post, as it was."""
        return await self.world.rows("SELECT id, version FROM posts") == [
            {"id": int(self.post_id), "version": 1}
        ]


@pytest.fixture
async def stage(world: World) -> Stage:
    author = await world.person()
    return Stage(world, author, (await world.write(author))["id"])


@pytest.mark.parametrize(
    ("content", "headers", "answer"),
    [
        (b'{"text": "x"}', {"Content-Type": "text/plain"}, (415, "unsupported_media")),
        (b'{"text": "x"}', {"Content-Type": "application/x-www-form-urlencoded"}, (415, "unsupported_media")),
        (b'{"text": "x"}', {}, (415, "unsupported_media")),
        (b'{"text": "x"}', JSON | {"Content-Encoding": "gzip"}, (415, "unsupported_media")),
        (b'{"text": "x"', JSON, (400, "malformed_json")),
        (b'{"text": "\xff"}', JSON, (400, "malformed_json")),
        (b'{"text": "x"} {}', JSON, (400, "malformed_json")),
        (b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}", JSON, (400, "malformed_json")),
        (b"[]", JSON, (422, "invalid")),
        (b'"text"', JSON, (422, "invalid")),
        (b"null", JSON, (422, "invalid")),
        (b'{"text": "x", "id": "5"}', JSON, (422, "invalid")),
        (b'{"text": {"a": 1}}', JSON, (422, "invalid")),
    ],
)
async def test_unacceptable_body_changes_nothing(
    stage: Stage, content: bytes, headers: dict[str, str], answer: tuple[int, str]
) -> None:
    for operation in WRITES:
        reply = await stage.send(operation, content, headers, by=stage.author)
        assert (reply.status_code, reply.json()["code"]) == answer, (operation, reply.text)

    assert await stage.is_untouched()


async def test_every_broken_rule_of_a_body_is_named(stage: Stage) -> None:
    content = b'{"text": 5, "visibility": "x", "language": [], "reply_policy": null, "a/b~c": 1}'

    for operation in WRITES:
        reply = await stage.send(operation, content, JSON, by=stage.author)
        pointers = {error["pointer"] for error in reply.json()["errors"]}
        assert pointers == {"/text", "/visibility", "/language", "/reply_policy", "/a~1b~0c"}, operation


async def test_who_has_no_token_learns_nothing_of_the_body(stage: Stage) -> None:
    for operation in WRITES:
        for content in (b'{"text": "x"}', b"{", b""):
            reply = await stage.send(operation, content, JSON, by=None)
            assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")
            assert reply.headers["www-authenticate"].startswith("Bearer")


PATHS = sorted({route.path for route in ROUTES.values() if route.tag in ("Posts", "Interactions", "Feeds")})


@pytest.mark.parametrize("path", PATHS)
async def test_other_methods_are_told_what_is_allowed(world: World, path: str) -> None:
    methods = {route.method for route in ROUTES.values() if route.path == path}
    allowed = methods | ({"HEAD"} if "GET" in methods else set())
    person = await world.person()
    url = path.format(post_id=5, account_id=5, tag="rivers")

    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"} - allowed:
        reply = await world.request(method, url, by=person)
        assert reply.status_code == 405, method
        assert set(reply.headers["allow"].split(", ")) == allowed
        assert not reply.content or reply.json()["code"] == "method_not_allowed"


HANGING_ON_A_POST = sorted(name for name, route in ROUTES.items() if "post_id" in route.parameters)


@pytest.mark.parametrize(
    "post_id", ["0", "-1", "01", "9" * 19, "9" * 30, "abc", "1.0", "1e3", "٥", "%20", "5 "]
)
async def test_what_cannot_be_an_id_is_answered_like_a_post_that_never_was(
    world: World, post_id: str
) -> None:
    person = await world.person()
    bodies: dict[str, Any] = {"createComment": {"text": "x"}, "editPost": {"text": "x"}}
    bodies["voteInPoll"] = {"choices": [0]}
    same_id = {"X-Request-Id": "the-same"}

    for name in HANGING_ON_A_POST:
        odd, never = [
            await Call(name, {"post_id": id_}, body=bodies.get(name), headers=same_id).send(world, person)
            for id_ in (post_id, 7)
        ]
        assert (odd.status_code, odd.content) == (404, never.content), name
        assert odd.json()["code"] == "post_not_found", name


async def test_verbs_without_a_body_ignore_one(stage: Stage) -> None:
    for operation in ("likePost", "repostPost", "bookmarkPost", "pinPost"):
        reply = await stage.send(operation, b"{ not json", {"Content-Type": "text/plain"}, by=stage.author)
        assert reply.status_code == 200, operation


async def test_unknown_order_or_parameter_is_refused(stage: Stage) -> None:
    for path in (
        "comments?order=random",
        "comments?order=",
        "thread?limit=0",
        "thread?cursor=x",
        "quotes?a=b",
    ):
        reply = await stage.world.get(f"/v1/posts/{stage.post_id}/{path}")
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid"), path
