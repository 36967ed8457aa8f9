"""Drives conversations and their model with the same verbs and compares all that anybody can see."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.messages.model import IN, Letter, Model, Talk
from tests.support.world import Person, World

T = TypeVar("T")
PEOPLE = range(4)
MOST_TALKS = 4

persons = st.sampled_from(PEOPLE)
pairs = st.tuples(persons, persons).filter(lambda pair: pair[0] != pair[1])
places = st.integers(0, 9)
# Mostly somebody for whom there is something to do.
actors = st.none() | st.none() | st.none() | persons
has_talks = precondition(lambda self: bool(self.model.talks))
has_room = precondition(lambda self: len(self.model.talks) < MOST_TALKS)
has_letters = precondition(lambda self: any(talk.letters for talk in self.model.talks))


class Machine(RuleBasedStateMachine):
    """Each run has an event loop of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.model = Model()
        self.people: list[Person] = []
        self.texts = 0

    async def open_world(self) -> World:
        """Empty, and closed by `self.stack`. The test that runs the machine says how."""
        raise NotImplementedError

    def teardown(self) -> None:
        with self.runner:
            self.runner.run(self.stack.aclose())

    @initialize()
    def begin(self) -> None:
        self.world = self.run(self.open_world())
        self.people = [self.run(self.world.person()) for _ in PEOPLE]

    # Between two people

    @rule(pair=pairs)
    def block(self, pair: tuple[int, int]) -> None:
        who, whom = pair
        status = 404 if (whom, who) in self.model.blocks else 200
        self.expect(status, "PUT", f"/v1/accounts/{self.people[whom].id}/block", who)
        if status == 200:
            self.model.blocks.add(pair)

    @rule(pair=pairs)
    def unblock(self, pair: tuple[int, int]) -> None:
        if pair in self.model.blocks:
            self.expect(200, "DELETE", f"/v1/accounts/{self.people[pair[1]].id}/block", pair[0])
            self.model.blocks.discard(pair)

    @rule(who=persons)
    def change_audience(self, who: int) -> None:
        self.model.closed ^= {who}
        audience = "nobody" if who in self.model.closed else "everyone"
        self.expect(200, "PATCH", "/v1/conversations/preferences", who, {"who_may_write": audience})

    # Beginning

    @has_room
    @rule(pair=pairs)
    def open_pair(self, pair: tuple[int, int]) -> None:
        status, talk = self.model.open_pair(*pair)
        self.begin_talk(status, talk, pair[0], {"account_id": str(self.people[pair[1]].id)})

    @has_room
    @rule(who=persons, others=st.frozensets(persons, max_size=3), shows_all=st.booleans())
    def create_group(self, who: int, others: frozenset[int], shows_all: bool) -> None:
        status, talk = self.model.create_group(who, set(others), shows_all=shows_all)
        ids = [str(self.people[other].id) for other in sorted(others)]
        body = {"account_ids": ids, "history": "all" if shows_all else "joined"}
        self.begin_talk(status, talk, who, body)

    def begin_talk(self, status: int, talk: Talk | None, who: int, body: dict[str, Any]) -> None:
        found = self.expect(status, "POST", "/v1/conversations", who, body)
        if talk is not None:
            assert talk.id in ("", found["id"])
            talk.id = found["id"]

    # Letters

    @has_talks
    @rule(actor=actors, place=places)
    def send(self, actor: int | None, place: int) -> None:
        talk = self.talk(place)
        who = self.member(talk, place) if actor is None else actor
        letter = Letter(who, self.text())
        status = self.model.send(who, talk, letter)
        found = self.expect(status, "POST", f"{path(talk)}/messages", who, {"text": letter.text})
        letter.id = found.get("id", "")

    @has_letters
    @rule(actor=actors, place=places)
    def edit(self, actor: int | None, place: int) -> None:
        talk, letter = self.letter(place)
        who = letter.sender if actor is None else actor
        text = self.text()
        self.expect(
            self.model.edit(who, talk, letter, text), "PATCH", path(talk, letter), who, {"text": text}
        )

    @has_letters
    @rule(actor=actors, place=places, whom=st.sampled_from(["me", "all"]))
    def delete(self, actor: int | None, place: int, whom: str) -> None:
        talk, letter = self.letter(place)
        who = letter.sender if actor is None else actor
        verb = self.model.delete_for_me if whom == "me" else self.model.delete_for_all
        self.expect(verb(who, talk, letter), "DELETE", f"{path(talk, letter)}?for={whom}", who)

    @has_letters
    @rule(actor=actors, place=places)
    def read(self, actor: int | None, place: int) -> None:
        talk, letter = self.letter(place)
        who = self.member(talk, place) if actor is None else actor
        self.expect(
            self.model.read(who, talk, letter), "POST", f"{path(talk)}/read", who, {"up_to": letter.id}
        )

    # Members

    @has_talks
    @rule(actor=actors, place=places, whom=persons)
    def add(self, actor: int | None, place: int, whom: int) -> None:
        talk = self.talk(place)
        who = self.owner(talk) if actor is None else actor
        self.expect(self.model.add(who, talk, whom), "PUT", self.member_path(talk, whom), who)

    @has_talks
    @rule(actor=actors, place=places, whom=persons)
    def remove(self, actor: int | None, place: int, whom: int) -> None:
        talk = self.talk(place)
        who = self.owner(talk) if actor is None else actor
        self.expect(self.model.remove(who, talk, whom), "DELETE", self.member_path(talk, whom), who)
        self.settle_if_over(talk)

    @has_talks
    @rule(who=persons, place=places)
    def leave(self, who: int, place: int) -> None:
        talk = self.talk(place)
        self.expect(self.model.leave(who, talk), "DELETE", path(talk), who)
        self.settle_if_over(talk)

    @has_talks
    @rule(who=persons, place=places, is_yes=st.booleans())
    def answer(self, who: int, place: int, is_yes: bool) -> None:
        talk = self.talk(place)
        status = (self.model.accept if is_yes else self.model.decline)(who, talk)
        self.expect(status, "POST", f"{path(talk)}/{'accept' if is_yes else 'decline'}", who)

    @has_talks
    @rule(actor=actors, place=places, whom=persons, role=st.sampled_from(["owner", "admin", "member"]))
    def change_role(self, actor: int | None, place: int, whom: int, role: str) -> None:
        talk = self.talk(place)
        who = self.owner(talk) if actor is None else actor
        status = self.model.change_role(who, talk, whom, role)
        self.expect(status, "PATCH", self.member_path(talk, whom), who, {"role": role})

    @has_talks
    @rule(who=persons, place=places)
    def change_history(self, who: int, place: int) -> None:
        talk = self.talk(place)
        status = self.model.change_history(who, talk)
        history = "all" if talk.shows_all or status == 409 else "joined"
        self.expect(status, "PATCH", path(talk), who, {"history": history})

    # What all that comes to

    @invariant()
    def each_sees_what_the_model_says(self) -> None:
        if self.people:
            self.run(self.compare())

    async def compare(self) -> None:
        for who in PEOPLE:
            for state, query in (("member", ""), ("requested", "?requests=true")):
                expected = self.model.listed(who, state)  # type: ignore[arg-type]
                items = (await self.get(f"/v1/conversations{query}", who))["items"]
                seen = [(each["id"], each["unread"], text_of(each["last_message"])) for each in items]
                assert seen == [
                    (talk.id, self.model.unread(who, talk), last_text(self.model.letters(who, talk)))
                    for talk in expected
                ]
            unread = sum(self.model.unread(who, talk) > 0 for talk in self.model.listed(who, "member"))
            assert (await self.get("/v1/conversations/unread", who))["conversations"] == unread
            for talk in self.model.talks:
                await self.compare_talk(who, talk)

    async def compare_talk(self, who: int, talk: Talk) -> None:
        reply = await self.world.get(f"{path(talk)}/messages?limit=100", by=self.people[who])
        if talk.seat(who) is None:
            assert reply.status_code == 404
            return
        letters = self.model.letters(who, talk)
        shown = [(item["id"], item["text"]) for item in reversed(reply.json()["items"])]
        assert shown == [(letter.id, "" if letter.is_deleted else letter.text) for letter in letters]
        members = (await self.get(f"{path(talk)}/members", who))["items"]
        seats = {str(self.people[person].id): seat for person, seat in talk.seats.items()}
        assert {item["account_id"]: (item["role"], item["is_pending"]) for item in members} == {
            id_: (seat.role, seat.state != "member") for id_, seat in seats.items() if seat.state != "left"
        }

    # How

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    async def get(self, path: str, who: int) -> Any:
        reply = await self.world.get(path, by=self.people[who])
        assert reply.status_code == 200, reply.text
        return reply.json()

    def expect(self, status: int, method: str, path: str, who: int, body: Any = None) -> dict[str, Any]:
        more = {} if body is None else {"json": body}
        reply = self.run(self.world.request(method, path, by=self.people[who], **more))
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.text}"
        return dict(reply.json()) if reply.content and status < 300 else {}

    def settle_if_over(self, talk: Talk) -> None:
        if not any(seat.state in IN for seat in talk.seats.values()):
            self.run(self.world.settle())

    def talk(self, place: int) -> Talk:
        return self.model.talks[-1 - place % len(self.model.talks)]

    def letter(self, place: int) -> tuple[Talk, Letter]:
        letters = [(talk, letter) for talk in self.model.talks for letter in talk.letters]
        return letters[-1 - place % len(letters)]

    def member(self, talk: Talk, place: int) -> int:
        inside = [person for person, seat in talk.seats.items() if seat.state in IN]
        return inside[place % len(inside)]

    def owner(self, talk: Talk) -> int:
        return next((person for person, seat in talk.seats.items() if seat.role == "owner"), 0)

    def member_path(self, talk: Talk, whom: int) -> str:
        return f"{path(talk)}/members/{self.people[whom].id}"

    def text(self) -> str:
        self.texts += 1
        return f"words {self.texts}"


def path(talk: Talk, letter: Letter | None = None) -> str:
    base = f"/v1/conversations/{talk.id}"
    return base if letter is None else f"{base}/messages/{letter.id}"


def text_of(message: dict[str, Any] | None) -> str | None:
    return None if message is None else str(message["text"])


def last_text(letters: list[Letter]) -> str | None:
    if not letters:
        return None
    return "" if letters[-1].is_deleted else letters[-1].text
