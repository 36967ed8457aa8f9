"""Every operation, for every viewer, on every post and account, against the tables of policy.py."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.engines import TestEngines
from tests.support.operations import NEVER_HANDLE, NEVER_ID, ROUTES, Call
from tests.support.snapshots import snapshot_of
from tests.support.world import World
from tests.visibility import answers, policy
from tests.visibility.cells import Cells
from tests.visibility.stage import People, PostStage, open_account_stage, open_post_stage

POST_BODIES: dict[str, dict[str, Any]] = {
    "createComment": {"text": "An answer"},
    "editPost": {"text": "Something else"},
    "voteInPoll": {"choices": [0]},
}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert answers.covered_operations() == set(ROUTES)


@pytest.mark.asyncio(loop_scope="package")
@pytest.mark.parametrize("viewer", answers.VIEWERS)
@pytest.mark.parametrize("kind", policy.POSTS)
async def test_post(world: World, engines: TestEngines, database_url: str, kind: str, viewer: str) -> None:
    stage = await open_post_stage(world, kind, viewer)
    async with snapshot_of(engines.superuser_url(database_url)) as snapshot:
        cells = Cells(world, snapshot, stage.people.viewer)
        for operation in policy.POST_OPERATIONS:
            await cells.expect(
                operation,
                post_call(operation, stage.post["id"]),
                answers.post_answer(operation, kind, viewer),
                twin=post_call(operation, NEVER_ID),
            )
        secret = None if answers.sees_post(kind, viewer) else stage.canary
        for list_, (call, post_id) in post_lists(stage).items():
            is_in = answers.list_holds_post(list_, kind, viewer)
            await cells.expect_in(list_, call, str(post_id), is_in=is_in, secret=secret)
        await look_at_echoes(cells, stage, kind, viewer)

    assert cells.wrong == []


def post_call(operation: str, post_id: Any) -> Call:
    name, _, variant = operation.partition(".")
    if name == "createPost":
        return Call(name, body={"text": "A few words", variant: str(post_id)})
    if name == "listPostsByIds":
        return Call(name, query={"ids": post_id})
    return Call(name, {"post_id": post_id}, body=POST_BODIES.get(name))


def post_lists(stage: PostStage) -> dict[str, tuple[Call, str]]:
    """Each list of the policy, and the post to look for in it."""
    page = Call("listAuthorPosts", {"account_id": stage.owner.id})
    above = {"post_id": stage.parent["id"] if stage.parent else stage.stone["id"]}
    calls = {
        "getHome": Call("getHome"),
        "getListFeed": Call("getListFeed", {"list_id": stage.people.list_id}),
        "getPublic": Call("getPublic"),
        "getTag": Call("getTag", {"tag": stage.tag}),
        "listAuthorPosts": page,
        "listAuthorPosts.replies": replace(page, query={"replies": "true"}),
        "listAuthorPosts.pinned": replace(page, query={"pinned": "true"}),
        "listPostsByIds": post_call("listPostsByIds", f"{NEVER_ID},{stage.post['id']}"),
        "listMyLikes": Call("listMyLikes"),
        "listMyBookmarks": Call("listMyBookmarks"),
        "listComments": Call("listComments", above),
        "getThread": Call("getThread", above),
        "listQuotes": Call("listQuotes", {"post_id": stage.stone["id"]}),
    }
    return {name: (calls[name], stage.post["id"]) for name in policy.POST_LISTS}


async def look_at_echoes(cells: Cells, stage: PostStage, kind: str, viewer: str) -> None:
    """The bystander's repost of the post, and their post that quotes it."""
    page = Call("listAuthorPosts", {"account_id": stage.people.bystander.id})
    secret = None if answers.sees_post(kind, viewer) else stage.canary
    lists = {
        "listAuthorPosts.repost": page,
        "getHome.repost": Call("getHome"),
        "getListFeed.repost": Call("getListFeed", {"list_id": stage.people.list_id}),
    }
    for list_, call in lists.items():
        is_in = answers.list_holds_post(list_, kind, viewer)
        await cells.expect_in(list_, call, stage.repost_id, is_in=is_in, secret=secret)
    if answers.standing(policy.POSTS, kind, viewer) in ("barred", "ended"):
        return
    is_seen = answers.list_holds_post("getPost.repost", kind, viewer)
    await cells.expect(
        "getPost.repost",
        post_call("getPost", stage.repost_id),
        "200" if is_seen else "404:post_not_found",
        twin=post_call("getPost", NEVER_ID),
    )
    quoting = await cells.expect("getPost.quote", post_call("getPost", stage.quoting["id"]), "200")
    quote = quoting.json()["quote"]
    cells.note(
        "getPost.quote", "is shown", quote is not None, answers.list_holds_post("getPost.quote", kind, viewer)
    )


@pytest.mark.asyncio(loop_scope="package")
@pytest.mark.parametrize("viewer", answers.VIEWERS)
@pytest.mark.parametrize("kind", policy.ACCOUNTS)
async def test_account(world: World, engines: TestEngines, database_url: str, kind: str, viewer: str) -> None:
    people, stone = await open_account_stage(world, kind, viewer)
    account = people.author
    async with snapshot_of(engines.superuser_url(database_url)) as snapshot:
        cells = Cells(world, snapshot, people.viewer)
        for operation in policy.ACCOUNT_OPERATIONS:
            await cells.expect(
                operation,
                account_call(operation, people, account.id, account.handle),
                answers.account_answer(operation, kind, viewer),
                twin=account_call(operation, people, NEVER_ID, NEVER_HANDLE),
            )
        secret = None if answers.finds_account(kind, viewer) else account.handle.title()
        for list_, call in account_lists(people, stone["id"]).items():
            is_in = answers.list_holds_account(list_, kind, viewer)
            await cells.expect_in(list_, call, str(account.id), is_in=is_in, secret=secret)

    assert cells.wrong == []


def account_call(operation: str, people: People, account_id: int, handle: str) -> Call:
    if operation in ("listAccounts", "listRelationships", "listPresence"):
        return Call(operation, query={"ids": account_id})
    if operation == "getAccountByHandle":
        return Call(operation, {"handle": handle})
    known = {"account_id": account_id, "list_id": people.list_id}
    return Call(operation, {name: known[name] for name in ROUTES[operation].parameters})


def account_lists(people: People, stone_id: str) -> dict[str, Call]:
    account_id = people.author.id
    bystander, stone = {"account_id": people.bystander.id}, {"post_id": stone_id}
    calls = {
        "listAccounts": Call("listAccounts", query={"ids": f"{NEVER_ID},{account_id}"}),
        "listFollowers.bystander": Call("listFollowers", bystander),
        "listFollowing.bystander": Call("listFollowing", bystander),
        "listLikes.bystander": Call("listLikes", stone),
        "listReposts.bystander": Call("listReposts", stone),
        "listBlocks": Call("listBlocks"),
        "listMutes": Call("listMutes"),
        "listListMembers": Call("listListMembers", {"list_id": people.list_id}),
        "listFollowRequests": Call("listFollowRequests"),
    }
    return {name: calls[name] for name in policy.ACCOUNT_LISTS}
