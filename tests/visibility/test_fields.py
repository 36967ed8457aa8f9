"""Exactly which fields each viewer is shown. A new field has to be written here, by somebody who thinks."""

from typing import Any

import pytest

from tests.support.world import Person, World

pytestmark = pytest.mark.asyncio(loop_scope="package")

Shape = dict[str, set[str]]


def names(text: str) -> set[str]:
    return set(text.split())


CARD = names("id handle display_name avatar is_private")
COUNTS = names("followers following posts")
RELATION = names(
    "id following followed_by requested requested_by blocking muting muting_reposts mute_expires_at"
)
PUBLIC_PROFILE = CARD | names("bio bio_entities fields links is_discoverable created_at")
PROFILE = PUBLIC_PROFILE | {"counts", "viewer"}
ME = PUBLIC_PROFILE | names("email email_verified totp_enabled recovery_codes_left state role locale counts")
POST = names(
    "id author text entities visibility reply_policy content_warning language created_at edited_at version"
    " reply_to root quote repost_of media poll counts viewer"
)
POLL = names("options multiple expires_at is_closed voters viewer")
POST_COUNTS = names("likes comments reposts quotes")
POST_VIEWER = names("liked reposted bookmarked pinned following_author may_comment")
ENTITIES = names("mentions tags links")
PAGE = names("items next prev")
NOTIFICATION = names(
    "id kind count accounts post conversation_id text created_at updated_at is_read latest_id"
)
LIST = names("id title replies exclusive members_count created_at")


def shape(value: Any, path: str = "") -> Shape:
    """The names of every object in it, by where it stands; all items of a list stand at `[]`."""
    found: Shape = {}
    if isinstance(value, list):
        for item in value:
            for where, keys in shape(item, f"{path}[]").items():
                found[where] = found.get(where, set()) | keys
    elif isinstance(value, dict):
        found[path] = set(value)
        for key, inner in value.items():
            found |= shape(inner, f"{path}.{key}")
    return found


def profile_shape(*, is_signed_in: bool) -> Shape:
    parts: Shape = {"": PROFILE, ".bio_entities": ENTITIES, ".counts": COUNTS}
    return parts | ({".viewer": RELATION} if is_signed_in else {})


def post_shape(*, is_signed_in: bool) -> Shape:
    parts: Shape = {"": POST, ".author": CARD, ".entities": ENTITIES, ".counts": POST_COUNTS}
    return parts | ({".viewer": POST_VIEWER} if is_signed_in else {})


def in_page(item: Shape) -> Shape:
    return {"": PAGE} | {f".items[]{where}": keys for where, keys in item.items()}


async def readers(world: World, author: Person) -> dict[str, Person | None]:
    follower, stranger = await world.person(), await world.person()
    moderator = await world.person(role="moderator")
    await world.follow(follower, author)
    return {
        "nobody": None,
        "stranger": stranger,
        "follower": follower,
        "moderator": moderator,
        "author": author,
    }


async def test_fields_of_an_account(world: World) -> None:
    author = await world.person()
    for who, reader in (await readers(world, author)).items():
        reply = await world.get(f"/v1/accounts/{author.id}", by=reader)

        assert shape(reply.json()) == profile_shape(is_signed_in=reader is not None), who


async def test_fields_of_a_post(world: World) -> None:
    author = await world.person()
    post = await world.write(author)
    for who, reader in (await readers(world, author)).items():
        expected = post_shape(is_signed_in=reader is not None)
        alone = await world.get(f"/v1/posts/{post['id']}", by=reader)
        in_list = await world.get("/v1/feeds/public", by=reader)

        assert shape(alone.json()) == expected, who
        assert shape(in_list.json()) == in_page(expected), who


async def test_fields_of_a_poll(world: World) -> None:
    author = await world.person()
    post = await world.write(author, poll={"options": ["Tea", "Coffee"], "expires_in": 600})
    for who, reader in (await readers(world, author)).items():
        alone = (await world.get(f"/v1/posts/{post['id']}", by=reader)).json()
        in_list = (await world.get("/v1/feeds/public", by=reader)).json()["items"][0]

        expected = {"": POLL, ".options[]": names("text votes")}
        expected |= {".viewer": {"choices"}} if reader is not None else {}
        assert shape(alone["poll"]) == shape(in_list["poll"]) == expected, who
        if reader is not None and reader.id != author.id:
            voted = await world.put(f"/v1/posts/{post['id']}/vote", by=reader, json={"choices": [0]})
            assert shape(voted.json()) == expected


async def test_fields_of_a_person_in_a_list(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)
    await world.put(f"/v1/posts/{post['id']}/like", by=fan)
    for who, reader in (await readers(world, author)).items():
        expected: Shape = {"": CARD | {"viewer"}}
        if reader is not None:
            expected[".viewer"] = RELATION

        likes = await world.get(f"/v1/posts/{post['id']}/likes", by=reader)
        followers = await world.get(f"/v1/accounts/{author.id}/followers", by=reader)

        assert shape(likes.json()) == in_page(expected), who
        assert shape(followers.json()) == in_page(expected), who


async def test_fields_of_a_relationship(world: World) -> None:
    one, other = await world.person(), await world.person()

    told = await world.put(f"/v1/accounts/{other.id}/follow", by=one)
    listed = await world.get(f"/v1/relationships?ids={other.id}", by=one)

    assert shape(told.json()) == {"": RELATION}
    assert shape(listed.json()) == {"": {"items"}, ".items[]": RELATION}


async def test_fields_of_ones_own_account_and_sessions(world: World) -> None:
    person = await world.person()

    me = await world.get("/v1/me", by=person)
    sessions = await world.get("/v1/auth/sessions", by=person)

    assert shape(me.json()) == {"": ME, ".bio_entities": ENTITIES, ".counts": COUNTS}
    session = names("id name user_agent ip created_at last_used_at is_current")
    assert shape(sessions.json()) == in_page({"": session})


async def test_fields_of_an_interaction_and_a_revision(world: World) -> None:
    author = await world.person()
    post = await world.write(author)
    await world.patch(f"/v1/posts/{post['id']}", by=author, json={"text": "Other words"})

    like = await world.put(f"/v1/posts/{post['id']}/like", by=author)
    history = await world.get(f"/v1/posts/{post['id']}/history")

    state = names("id liked reposted bookmarked pinned counts")
    assert shape(like.json()) == {"": state, ".counts": POST_COUNTS}
    revision = names("version text entities content_warning language created_at")
    assert shape(history.json()) == in_page({"": revision, ".entities": ENTITIES})


async def test_fields_of_a_list_and_its_members(world: World) -> None:
    owner = await world.person()
    made = await world.post("/v1/lists", by=owner, json={"title": "Me"})
    path = f"/v1/lists/{made.json()['id']}"
    added = await world.put(f"{path}/members/{owner.id}", by=owner)

    members = await world.get(f"{path}/members", by=owner)
    with_owner = await world.get(f"/v1/accounts/{owner.id}/lists", by=owner)

    assert shape(made.json()) == shape(added.json()) == {"": LIST}
    assert shape(with_owner.json()) == in_page({"": LIST})
    assert shape(members.json()) == in_page({"": CARD | {"viewer"}, ".viewer": RELATION})


async def test_fields_of_a_notification(world: World) -> None:
    author, fan = await world.person(), await world.person()
    post = await world.write(author)
    await world.put(f"/v1/posts/{post['id']}/like", by=fan)
    await world.settle()

    told = await world.get("/v1/notifications", by=author)
    unread = await world.get("/v1/notifications/unread", by=author)

    inner = {f".post{where}": keys for where, keys in post_shape(is_signed_in=True).items()}
    expected = {"": NOTIFICATION, ".accounts[]": CARD} | inner
    assert shape(told.json()) == in_page(expected)
    assert shape(unread.json()) == {"": names("count is_capped up_to")}
