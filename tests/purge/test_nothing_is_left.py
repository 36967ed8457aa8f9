"""A purged account is looked for in every column of every table, and in all of Valkey."""

import hashlib
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest

from hubbub.identity.service.lifecycle import purge_accounts
from hubbub.lists import reactors as lists
from hubbub.messages import purging as messages
from hubbub.notifications import removal as notifications
from hubbub.platform.valkey import Valkey
from hubbub.posts.service import purge
from hubbub.reactions import service as reactions
from hubbub.stream.presence import PresenceTopics
from tests.support.devices import subscription_of
from tests.support.drift import find_drift
from tests.support.identity import log_in, log_in_as
from tests.support.world import PASSWORD, Person, World

EMAIL = "adelheid@example.org"
NEW_EMAIL = "heidi@example.net"
WORDS = ("Zwetschgenmus", "Quittenbrot", "Holunder", "Mirabellen", "Schlehen", "Hagebutten", "Preiselbeeren")

TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
FIND = "SELECT t::text AS row FROM {} AS t WHERE strpos(lower(t::text), lower($1)) > 0"

# What stays on purpose: the claim of the handle, and the blank row that says whose it was.
ALLOWED = {("handles", "id"), ("handles", "handle"), ("accounts", "id"), ("accounts", "handle")}


@dataclass(frozen=True)
class Trace:
    what: str
    needle: str


async def live(world: World, ada: Person, bo: Person) -> None:
    """Everything that Ada can leave behind, and what others leave about her."""
    phone = await log_in_as(world, ada)
    await log_in(world, EMAIL, "a wrong password it is")
    profile = {"display_name": WORDS[0], "bio": f"{WORDS[1]} #jam", "links": ["https://jam.example.org"]}
    await done(world, "PATCH", "/v1/me", phone, profile | {"fields": [{"name": "fruit", "value": WORDS[2]}]})
    await done(world, "PATCH", "/v1/me/preferences", phone, {"default_visibility": "unlisted"})
    await second_factor(world, ada)
    await done(world, "POST", "/v1/auth/email/change", ada, {"email": NEW_EMAIL, "password": PASSWORD})
    await done(world, "POST", "/v1/auth/password/forgot", None, {"email": EMAIL})

    theirs = await world.write(bo, f"Have you met @{ada.handle} and @{bo.handle}?")
    await world.patch(f"/v1/posts/{theirs['id']}", by=bo, json={"text": f"I never met @{ada.handle}"})
    former = await world.write(bo, f"@{ada.handle} was here")
    await world.patch(f"/v1/posts/{former['id']}", by=bo, json={"text": "Nobody was here"})
    await converse(world, ada, bo, theirs)
    await talk(world, ada, bo)
    await relate(world, ada, bo)
    device = {"web": subscription_of("https://push.example.org/1")}
    await done(world, "POST", "/v1/push/subscriptions", ada, device)
    await done(world, "PATCH", "/v1/mail/preferences", ada, {"digest": "daily"})
    await done(world, "PATCH", "/v1/stream/preferences", ada, {"presence": "nobody"})
    await world.services.part(PresenceTopics)._say_one_gone(ada.id)
    await world.settle()
    await world.write(ada, "Not folded yet")


async def second_factor(world: World, ada: Person) -> None:
    await done(world, "POST", "/v1/auth/reauthenticate", ada, {"password": PASSWORD})
    secret = (await done(world, "POST", "/v1/auth/totp", ada, None))["secret"]
    await done(world, "POST", "/v1/auth/totp/confirm", ada, {"code": pyotp.TOTP(secret).now()})
    await done(world, "DELETE", "/v1/auth/totp", ada, None)


async def converse(world: World, ada: Person, bo: Person, theirs: dict[str, Any]) -> None:
    mine = await world.write(ada, f"{WORDS[3]} for @{bo.handle} #jam")
    await world.patch(f"/v1/posts/{mine['id']}", by=ada, json={"text": f"{WORDS[4]} #jam"})
    comment = await world.comment(ada, theirs, WORDS[5])
    await world.comment(bo, comment, "An answer to her")
    await world.write(ada, "Worth reading", quote=theirs["id"])
    await world.write(bo, "Hear, hear", quote=mine["id"])
    deleted = await world.write(ada, "Said and taken back")
    await world.delete(f"/v1/posts/{deleted['id']}", by=ada)
    for verb in ("like", "repost", "bookmark"):
        await done(world, "PUT", f"/v1/posts/{theirs['id']}/{verb}", ada, None)
        await done(world, "PUT", f"/v1/posts/{mine['id']}/{verb}", bo, None)
    await done(world, "PUT", f"/v1/posts/{mine['id']}/pin", ada, None)
    keyed = {"Idempotency-Key": "once"}
    await world.post("/v1/posts", by=ada, json={"text": "With a key"}, headers=keyed)


async def talk(world: World, ada: Person, bo: Person) -> None:
    """In a pair, in a group of hers, in one that she left, and asked by a stranger."""
    await done(world, "PATCH", "/v1/conversations/preferences", ada, {"who_may_write": "nobody"})
    stranger = await world.person()
    for who, body in (
        (stranger, {"account_id": str(ada.id)}),
        (ada, {"account_id": str(bo.id)}),
        (ada, {"account_ids": [str(bo.id)], "name": "Jam makers"}),
        (ada, {"account_ids": [str(bo.id)]}),
    ):
        path = f"/v1/conversations/{(await done(world, 'POST', '/v1/conversations', who, body))['id']}"
        for number in range(2):
            mine = "Jam, please" if who == stranger else WORDS[0]
            text = {"text": f"{mine} {number}", "client_id": f"{mine[:3]}.{number}"}
            message = await done(world, "POST", f"{path}/messages", who, text)
        if who == stranger:
            continue
        answer = await done(world, "POST", f"{path}/messages", bo, {"text": "Lovely"})
        await done(world, "PUT", f"{path}/messages/{answer['id']}/reactions/👍", ada, None)
        await done(world, "DELETE", f"{path}/messages/{answer['id']}?for=me", ada, None)
        await done(world, "PUT", f"{path}/messages/{message['id']}/reactions/👍", bo, None)
    await done(world, "DELETE", path, ada, None)


async def relate(world: World, ada: Person, bo: Person) -> None:
    closed, blocked, muted = await world.person(is_private=True), await world.person(), await world.person()
    await world.follow(ada, bo)
    await world.follow(bo, ada)
    await world.follow(ada, closed)
    await gather(world, ada, WORDS[6], ada, bo)
    await gather(world, bo, "A list with her", ada)
    await world.block(ada, blocked)
    await world.mute(ada, muted)
    await world.mute(muted, ada)


async def gather(world: World, owner: Person, title: str, *members: Person) -> None:
    list_id = (await done(world, "POST", "/v1/lists", owner, {"title": title}))["id"]
    for member in members:
        await done(world, "PUT", f"/v1/lists/{list_id}/members/{member.id}", owner, None)


async def done(world: World, method: str, path: str, by: Person | None, body: Any) -> dict[str, Any]:
    reply = (
        await world.request(method, path, by=by, json=body)
        if body
        else await world.request(method, path, by=by)
    )
    assert reply.status_code < 300, f"{path}: {reply.text}"
    found: dict[str, Any] = reply.json() if reply.content else {}
    return found


async def purge_now(world: World, ada: Person) -> None:
    await done(world, "DELETE", "/v1/me", ada, {"password": PASSWORD})
    await world.rows("UPDATE accounts SET purge_after = now() WHERE purge_after IS NOT NULL")
    await world.settle()
    assert await purge_accounts(world.db) == 1
    await world.settle()


def traces_of(ada: Person) -> list[Trace]:
    hashes = [hashlib.sha256(email.encode()).hexdigest() for email in (EMAIL, NEW_EMAIL)]
    words = [
        Trace("words", word) for word in (*WORDS, "jam.example.org", "Said and taken back", "With a key")
    ]
    addresses = [Trace("address", text) for text in (EMAIL, NEW_EMAIL, *hashes)]
    return [Trace("id", str(ada.id)), Trace("handle", f"({ada.handle}"), *addresses, *words]


async def found_in_tables(world: World, traces: list[Trace]) -> set[tuple[str, str]]:
    tables = [row["relname"] for row in await world.rows(TABLES)]
    assert {"posts", "sessions", "idempotency_keys"} <= set(tables)
    return {
        (table, trace.what)
        for table in tables
        for trace in traces
        if await world.rows(FIND.replace("{}", table), trace.needle)
    }


async def runs_out(valkey: Valkey, key: bytes, *, within_ms: int = 86_400_000) -> bool:
    """Within a day, or it has by now. -1 is a key that never does."""
    left_ms: int = await valkey.command("PTTL", key)
    return left_ms != -1 and left_ms <= within_ms


async def is_mark(valkey: Valkey, key: bytes) -> bool:
    """Of something that is to be asked of PostgreSQL for some seconds: there is nothing in it."""
    is_empty = await valkey.command("TYPE", key) == b"string" and not await valkey.command("STRLEN", key)
    return is_empty and await runs_out(valkey, key, within_ms=20_000)


async def found_in_valkey(world: World, traces: list[Trace]) -> list[tuple[str, bytes]]:
    """In the names of keys, but for empty marks, and for budgets, which are forgotten within a day."""
    valkey = world.services.valkey
    keys: list[bytes] = await valkey.command("KEYS", "*")
    lasting = [
        key
        for key in keys
        if not (key.startswith(b"rate:") and await runs_out(valkey, key)) and not await is_mark(valkey, key)
    ]
    return [(trace.what, key) for key in lasting for trace in traces if trace.needle.encode() in key]


@pytest.fixture
async def people(world: World) -> tuple[Person, Person]:
    ada, bo = await world.person("adelheid"), await world.person("boje")
    await live(world, ada, bo)
    return ada, bo


async def test_what_is_looked_for_is_there_before_the_purge(
    world: World, people: tuple[Person, Person]
) -> None:
    ada, _ = people

    where = await found_in_tables(world, traces_of(ada))

    assert {table for table, _ in where} >= {
        *("accounts", "handles", "emails", "credentials", "sessions", "preferences", "audit_log"),
        *("mail_tokens", "posts", "post_revisions", "reactions", "bookmarks", "pins", "counts"),
        *("follows", "follow_requests", "blocks", "mutes", "idempotency_keys", "login_failures"),
        *("push_subscriptions", "mail_preferences", "stream_preferences"),
        *("lists", "list_members", "conversation_members", "conversation_pairs", "messages"),
        *("notification_groups", "notification_actors"),
        *("message_reactions", "hidden_messages", "message_preferences"),
    }
    assert {what for _, what in where} == {"id", "handle", "address", "words"}


async def test_after_the_purge_only_the_claim_of_the_handle_is_left(
    world: World, people: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    monkeypatch.setattr(reactions, "PURGE_BATCH", 1)
    monkeypatch.setattr(lists, "BATCH", 1)
    monkeypatch.setattr(notifications, "BATCH", 1)
    monkeypatch.setattr(messages, "BATCH", 1)
    monkeypatch.setattr(messages, "BATCH_OF_CONVERSATIONS", 1)
    ada, _ = people

    await purge_now(world, ada)

    assert await found_in_tables(world, traces_of(ada)) <= ALLOWED
    assert await found_in_valkey(world, traces_of(ada)) == []


async def test_after_the_purge_every_count_of_the_others_is_right(
    world: World, people: tuple[Person, Person]
) -> None:
    ada, bo = people

    await purge_now(world, ada)

    async with world.db.connection() as tx:
        assert await find_drift(tx) == []
    assert (await world.counts(bo))["followers"] == 0


async def test_conversations_with_the_purged_stay_with_the_others_and_name_nobody(
    world: World, people: tuple[Person, Person]
) -> None:
    ada, bo = people

    await purge_now(world, ada)

    inbox = (await world.get("/v1/conversations", by=bo)).json()["items"]
    assert len(inbox) == 3
    for conversation in inbox:
        page = await world.get(f"/v1/conversations/{conversation['id']}/messages", by=bo)
        senders = [(item["sender_id"], item["text"]) for item in page.json()["items"]]
        assert senders == [(str(bo.id), "Lovely"), (None, ""), (None, "")]
        assert [each["account_id"] for each in conversation["members"]] == [str(bo.id)]
        assert conversation["may_write"] == conversation["is_group"]
        assert conversation["role"] == ("owner" if conversation["is_group"] else "member")


async def test_what_others_wrote_about_the_purged_stays_as_plain_text(
    world: World, people: tuple[Person, Person]
) -> None:
    ada, bo = people

    await purge_now(world, ada)

    items = (await world.get(f"/v1/accounts/{bo.id}/posts", by=bo)).json()["items"]
    about = next(post for post in items if "I never met" in post["text"])
    assert about["text"] == "I never met @adelheid"
    assert about["entities"]["mentions"] == []
    history = (await world.get(f"/v1/posts/{about['id']}/history", by=bo)).json()["items"]
    assert [m["handle"] for m in history[0]["entities"]["mentions"]] == ["boje"]
