"""The small worlds of the matrix: an author, a bystander, one viewer, and one post or account."""

import secrets
from dataclasses import dataclass
from typing import Any

from hubbub.identity import Identity, suspend_account
from tests.support.operations import NEVER_ID
from tests.support.world import PASSWORD, Person, World

Post = dict[str, Any]
PROOF = {"password": PASSWORD}
FOLLOWING = ("follower", "muter")


@dataclass
class People:
    """`viewer` is None for nobody, and the author themselves for the author."""

    kind: str
    author: Person
    bystander: Person
    viewer: Person | None
    list_id: str
    """A list of the viewer's with all whom they follow, and on the author's the author too."""

    @property
    def follows_author(self) -> bool:
        return self.kind in (*FOLLOWING, "author")


@dataclass
class PostStage:
    people: People
    post: Post
    owner: Person
    """Who wrote `post`: the author, or the bystander below a post of the author's."""
    parent: Post | None
    stone: Post
    """A post of the bystander's that everybody sees and the post quotes."""
    repost_id: str
    quoting: Post
    canary: str
    tag: str


async def open_people(world: World, kind: str, *, is_viewer_private: bool = False) -> People:
    author, bystander = await world.person("author"), await world.person("bystander")
    viewer: Person | None = None
    if kind == "author":
        viewer = author
    elif kind != "nobody":
        viewer = await world.person("viewer", is_private=is_viewer_private)
    await world.follow(bystander, author)
    await world.follow(author, bystander)
    if viewer is not None and viewer is not author:
        await world.follow(viewer, bystander)
    if kind in FOLLOWING and viewer is not None:
        await world.follow(viewer, author)
    list_id = await _list_people(world, viewer, kind, author, bystander)
    return People(kind, author, bystander, viewer, list_id)


async def _list_people(
    world: World, viewer: Person | None, kind: str, author: Person, bystander: Person
) -> str:
    if viewer is None:
        return str(NEVER_ID)
    new = {"title": "Everyone", "replies": "followed"}
    list_id: str = (await world.post("/v1/lists", by=viewer, json=new)).json()["id"]
    for member in (bystander, author) if kind in (*FOLLOWING, "author") else (bystander,):
        (await world.put(f"/v1/lists/{list_id}/members/{member.id}", by=viewer)).raise_for_status()
    return list_id


async def part(world: World, people: People) -> None:
    """What stands between the viewer and the author, or the viewer and everything."""
    viewer, author = people.viewer, people.author
    if viewer is None:
        return
    if people.kind == "blocked":
        await world.block(author, viewer)
    elif people.kind == "blocker":
        await world.block(viewer, author)
    elif people.kind == "muter":
        await world.mute(viewer, author)
    elif people.kind == "suspended":
        await suspend(world, viewer)


async def open_post_stage(world: World, post_kind: str, viewer_kind: str) -> PostStage:
    people = await open_people(world, viewer_kind)
    stage = await _publish(world, people, post_kind)
    await _react(world, stage)
    await part(world, people)
    await _narrow(world, stage, post_kind)
    return stage


async def _publish(world: World, people: People, kind: str) -> PostStage:
    author, bystander = people.author, people.bystander
    canary, tag = secrets.token_hex(8), f"tag{secrets.token_hex(4)}"
    # Whom it mentions may see it, so it names the bystander, who must go on seeing it.
    names = [bystander.handle, *(["viewer"] if people.kind == "mentioned" else [])]
    text = f"{canary} #{tag} " + " ".join(f"@{name}" for name in names)
    stone = await world.write(bystander, "A stone that stays where it is")
    owner, parent = author, None
    poll = {"options": [f"Yes, {canary}", "No"], "expires_in": 600}
    if kind in ("comment", "followers_comment"):
        parent = stone
        post = await world.comment(author, stone, text, quote=stone["id"], poll=poll)
    elif kind.startswith("below_"):
        owner = bystander
        parent = await world.write(author, text.replace(canary, "A start"))
        post = await world.comment(bystander, parent, f"{canary} #{tag}", quote=stone["id"], poll=poll)
    else:
        post = await world.write(author, text, quote=stone["id"], poll=poll)
    (await world.put(f"/v1/posts/{post['id']}/repost", by=bystander)).raise_for_status()
    repost_id = await world.value("SELECT id FROM posts WHERE repost_of = $1", int(post["id"]))
    quoting = await world.write(bystander, "Look at this", quote=post["id"])
    return PostStage(people, post, owner, parent, stone, str(repost_id), quoting, canary, tag)


async def _react(world: World, stage: PostStage) -> None:
    people, path = stage.people, f"/v1/posts/{stage.post['id']}"
    fans = [stage.people.bystander, *([people.viewer] if people.viewer else [])]
    for fan in fans:
        (await world.put(f"{path}/like", by=fan)).raise_for_status()
        (await world.put(f"{path}/bookmark", by=fan)).raise_for_status()
    (await world.put(f"{path}/pin", by=stage.owner)).raise_for_status()


async def _narrow(world: World, stage: PostStage, kind: str) -> None:
    author = stage.people.author
    root = stage.parent if kind.startswith("below_") and stage.parent else stage.post
    path, how = f"/v1/posts/{root['id']}", kind.partition("_")[2] or kind
    if kind in ("unlisted", "followers", "mentioned", "below_followers", "below_mentioned"):
        (await world.patch(path, by=author, json={"visibility": how})).raise_for_status()
    elif kind == "followers_comment":
        (await world.patch(path, by=author, json={"visibility": "followers"})).raise_for_status()
    elif how == "deleted":
        (await world.delete(path, by=author)).raise_for_status()
    elif how == "private":
        await make_private(world, author)
    elif how == "suspended":
        await suspend(world, author)
    elif how == "deactivated":
        (await world.post("/v1/me/deactivate", by=author, json=PROOF)).raise_for_status()


async def open_account_stage(world: World, account_kind: str, viewer_kind: str) -> tuple[People, Post]:
    """The account is the author's; the bystander's post is one that the author liked and passed on."""
    people = await open_people(world, viewer_kind, is_viewer_private=account_kind == "asking")
    author, viewer = people.author, people.viewer
    stone = await world.write(people.bystander, "A stone that stays where it is")
    for verb in ("like", "repost"):
        (await world.put(f"/v1/posts/{stone['id']}/{verb}", by=author)).raise_for_status()
    if account_kind == "asking" and viewer is not None and viewer is not author:
        await world.follow(author, viewer)
    await part(world, people)
    if account_kind == "private":
        await make_private(world, author)
    elif account_kind == "suspended":
        await suspend(world, author)
    elif account_kind == "deactivated":
        (await world.post("/v1/me/deactivate", by=author, json=PROOF)).raise_for_status()
    elif account_kind == "leaving":
        (await world.request("DELETE", "/v1/me", by=author, json=PROOF)).raise_for_status()
    return people, stone


async def make_private(world: World, person: Person) -> None:
    (await world.patch("/v1/me", by=person, json={"is_private": True})).raise_for_status()


async def suspend(world: World, person: Person) -> None:
    sessions = await world.db.write(lambda tx: suspend_account(tx, person.id))
    await world.services.part(Identity).states.ask_again(sessions)
