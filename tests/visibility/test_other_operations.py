"""Operations that are about no post and no account of others, and tokens that open nothing."""

from dataclasses import replace

import pytest

from hubbub.identity import Identity
from tests.support.operations import NEVER_ID, ROUTES, Call
from tests.support.world import Person, World
from tests.visibility import answers, policy
from tests.visibility.cells import answer_of
from tests.visibility.requests import any_call, other_call, with_list
from tests.visibility.stage import suspend

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize("operation", policy.OTHER_OPERATIONS)
async def test_operation_answers_each_viewer_as_the_policy_says(world: World, operation: str) -> None:
    found, expected = {}, {}
    for viewer in ("nobody", "member", "suspended"):
        person = await world.person()
        call = other_call(operation, replace(person, refresh_token="") if viewer == "nobody" else person)
        call = await with_list(world, call, person)
        if operation == "register":
            call.body["handle"], call.body["email"] = f"new.{viewer}", f"new.{viewer}@example.org"
        if viewer == "suspended":
            await suspend(world, person)

        reply = await call.send(world, None if viewer == "nobody" else person)

        found[viewer], expected[viewer] = answer_of(reply), answers.other_answer(operation, viewer)
    assert found == expected


async def dead_tokens(world: World) -> dict[str, str]:
    """Tokens that open nothing, by what is wrong with them."""
    person, gone = await world.person(), await world.person()
    (await world.post("/v1/auth/logout", by=gone)).raise_for_status()
    access = world.services.part(Identity).access
    never = await access.issue(NEVER_ID, NEVER_ID)
    head, body, signature = person.token.split(".")
    return {
        "its session has ended": gone.token,
        "there never was such a session": never,
        "signed by nobody": f"{head}.{body}.{'A' * len(signature)}",
        "of another session": f"{head}.{gone.token.split('.')[1]}.{signature}",
        "a refresh token": person.refresh_token,
        "no token at all": "open sesame",
    }


async def test_dead_tokens_open_nothing(world: World) -> None:
    await world.write(await world.person())
    wrong = []
    for what, token in (await dead_tokens(world)).items():
        for operation, route in ROUTES.items():
            reply = await any_call(operation).send(world, Person(NEVER_ID, "nobody", token))
            is_refused = answer_of(reply) in ("401:invalid_token", "401:unauthorized")
            if is_refused != (route.auth != "none"):
                wrong.append(f"{operation}, {what}: {reply.status_code} {reply.text[:80]}")
            if is_refused and "www-authenticate" not in reply.headers:
                wrong.append(f"{operation}, {what}: no WWW-Authenticate")

    assert wrong == []


@pytest.mark.parametrize(
    "call",
    [Call("renameSession", body={"name": "Mine now"}), Call("revokeSession")],
    ids=lambda c: c.operation,
)
async def test_session_of_another_is_answered_like_one_that_never_was(world: World, call: Call) -> None:
    owner, other = await world.person(), await world.person()
    same_id = {"X-Request-Id": "same"}

    foreign, never = [
        await replace(call, path={"session_id": id_}, headers=same_id).send(world, other)
        for id_ in (owner.session_id, NEVER_ID)
    ]

    assert answer_of(foreign) == "404:session_not_found"
    assert foreign.content == never.content
    assert (await world.get("/v1/me", by=owner)).status_code == 200


async def test_head_tells_no_more_than_get(world: World) -> None:
    author, stranger = await world.person(), await world.person()
    hidden = await world.write(author, "Not for you", visibility="followers")

    for post_id in (hidden["id"], NEVER_ID):
        reply = await world.request("HEAD", f"/v1/posts/{post_id}", by=stranger)
        assert (reply.status_code, reply.content) == (404, b"")
