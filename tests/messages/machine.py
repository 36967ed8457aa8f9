"""Drives conversations and their model with the same verbs and compares all that anybody can see."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.messages.model import IN, Letter, Model, Talk
from tests.support.world import Person, World

T = TypeVar("T")
PEOPLE = range(4)
MOST_TALKS = 5
# How often each is tried. Hypothesis would leave most out of most runs, and little comes of few letters.
WEIGHTS = {
    "send": 9,
    "read": 4,
    "delete": 4,
    "add": 4,
    "edit": 2,
    "remove": 2,
    "leave": 2,
    "answer": 2,
    "open_pair": 2,
    "create_group": 2,
    "unblock": 2,
    "block": 1,
    "change_audience": 1,
    "change_role": 1,
    "change_history": 1,
}
VERBS = [verb for verb, weight in WEIGHTS.items() for _ in range(weight)]


class Deed(NamedTuple):
    """What is tried. `actor` is mostly None: then somebody does it who has something to do there."""

    verb: str
    actor: int | None
    whom: int
    place: int
    is_so: bool


persons = st.sampled_from(PEOPLE)
deeds = st.builds(
    Deed,
    verb=st.sampled_from(VERBS),
    actor=st.none() | st.none() | st.none() | persons,
    whom=persons,
    place=st.integers(0, 30),
    is_so=st.booleans(),
)


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
        self.open_pair(Deed("open_pair", 0, 1, 0, False))
        self.create_group(Deed("create_group", 1, 2, 0, True))

    @rule(some=st.lists(deeds, min_size=5, max_size=10))
    def act(self, some: list[Deed]) -> None:
        for deed in some:
            getattr(self, deed.verb)(deed)

    # Between two people

    def block(self, deed: Deed) -> None:
        who, whom = deed.actor or 0, deed.whom
        if who == whom:
            return
        status = 404 if (whom, who) in self.model.blocks else 200
        self.expect(status, "PUT", f"/v1/accounts/{self.people[whom].id}/block", who)
        if status == 200:
            self.model.blocks.add((who, whom))

    def unblock(self, deed: Deed) -> None:
        if self.model.blocks:
            pair = sorted(self.model.blocks)[deed.place % len(self.model.blocks)]
            self.expect(200, "DELETE", f"/v1/accounts/{self.people[pair[1]].id}/block", pair[0])
            self.model.blocks.discard(pair)

    def change_audience(self, deed: Deed) -> None:
        self.model.closed ^= {deed.whom}
        audience = "nobody" if deed.whom in self.model.closed else "everyone"
        self.expect(200, "PATCH", "/v1/conversations/preferences", deed.whom, {"who_may_write": audience})

    # Beginning

    def open_pair(self, deed: Deed) -> None:
        who = deed.actor or 0
        if who != deed.whom and len(self.model.talks) < MOST_TALKS:
            status, talk = self.model.open_pair(who, deed.whom)
            self.begin_talk(status, talk, who, {"account_id": str(self.people[deed.whom].id)})

    def create_group(self, deed: Deed) -> None:
        who, others = deed.actor or 0, {deed.whom, deed.place % len(PEOPLE)}
        if len(self.model.talks) < MOST_TALKS:
            status, talk = self.model.create_group(who, others, shows_all=deed.is_so)
            ids = [str(self.people[other].id) for other in sorted(others)]
            body = {"account_ids": ids, "history": "all" if deed.is_so else "joined"}
            self.begin_talk(status, talk, who, body)

    def begin_talk(self, status: int, talk: Talk | None, who: int, body: dict[str, Any]) -> None:
        found = self.expect(status, "POST", "/v1/conversations", who, body)
        if talk is not None:
            assert talk.id in ("", found["id"])
            talk.id = found["id"]

    # Letters

    def send(self, deed: Deed) -> None:
        talk = self.talk(deed)
        who = self.member(talk, deed)
        letter = Letter(who, self.text())
        status = self.model.send(who, talk, letter)
        found = self.expect(status, "POST", f"{path(talk)}/messages", who, {"text": letter.text})
        letter.id = found.get("id", "")

    def edit(self, deed: Deed) -> None:
        talk, letter = self.letter(deed)
        who = letter.sender if deed.actor is None else deed.actor
        text = self.text()
        status = self.model.edit(who, talk, letter, text)
        self.expect(status, "PATCH", path(talk, letter), who, {"text": text})

    def delete(self, deed: Deed) -> None:
        talk, letter = self.letter(deed)
        if deed.is_so:
            who = letter.sender if deed.actor is None else deed.actor
            status = self.model.delete_for_all(who, talk, letter)
        else:
            who = self.member(talk, deed)
            status = self.model.delete_for_me(who, talk, letter)
        self.expect(status, "DELETE", f"{path(talk, letter)}?for={'all' if deed.is_so else 'me'}", who)

    def read(self, deed: Deed) -> None:
        talk, letter = self.letter(deed)
        who = self.member(talk, deed)
        status = self.model.read(who, talk, letter)
        self.expect(status, "POST", f"{path(talk)}/read", who, {"up_to": letter.id})

    # Members

    def add(self, deed: Deed) -> None:
        talk = self.talk(deed)
        who = self.owner(talk, deed)
        status = self.model.add(who, talk, deed.whom)
        self.expect(status, "PUT", self.member_path(talk, deed.whom), who)

    def remove(self, deed: Deed) -> None:
        talk = self.talk(deed)
        who = self.owner(talk, deed)
        status = self.model.remove(who, talk, deed.whom)
        self.expect(status, "DELETE", self.member_path(talk, deed.whom), who)
        self.settle_if_over(talk)

    def leave(self, deed: Deed) -> None:
        talk = self.talk(deed)
        who = self.member(talk, deed)
        self.expect(self.model.leave(who, talk), "DELETE", path(talk), who)
        self.settle_if_over(talk)

    def answer(self, deed: Deed) -> None:
        asked = [
            (talk, who)
            for talk in self.model.talks
            for who, seat in talk.seats.items()
            if seat.state == "requested"
        ]
        talk, who = asked[deed.place % len(asked)] if asked else (self.talk(deed), deed.whom)
        status = (self.model.accept if deed.is_so else self.model.decline)(who, talk)
        self.expect(status, "POST", f"{path(talk)}/{'accept' if deed.is_so else 'decline'}", who)

    def change_role(self, deed: Deed) -> None:
        talk = self.talk(deed)
        who = self.owner(talk, deed)
        role = ("owner", "admin", "member")[deed.place % 3]
        status = self.model.change_role(who, talk, deed.whom, role)
        self.expect(status, "PATCH", self.member_path(talk, deed.whom), who, {"role": role})

    def change_history(self, deed: Deed) -> None:
        talk = self.talk(deed)
        who = self.owner(talk, deed)
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

    def talk(self, deed: Deed) -> Talk:
        """One there is; a new one where there is none."""
        if not self.model.talks:
            self.create_group(Deed("create_group", 0, 1, 2, True))
        return self.model.talks[deed.place % len(self.model.talks)]

    def letter(self, deed: Deed) -> tuple[Talk, Letter]:
        """One of the latest; a new one where there is none."""
        while True:
            letters = [(talk, letter) for talk in self.model.talks for letter in talk.letters[-4:]]
            if letters:
                return letters[deed.place % len(letters)]
            self.create_group(Deed("create_group", 0, 1, 0, True))
            self.send(Deed("send", 0, 1, len(self.model.talks) - 1, True))

    def member(self, talk: Talk, deed: Deed) -> int:
        inside = [person for person, seat in talk.seats.items() if seat.state in IN]
        return inside[deed.whom % len(inside)] if deed.actor is None else deed.actor

    def owner(self, talk: Talk, deed: Deed) -> int:
        if deed.actor is not None:
            return deed.actor
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
