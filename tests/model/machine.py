"""Drives the API and the model with the same verbs and compares all that anybody can see."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.model.model import NAMES, Note
from tests.model.relations import Relations
from tests.support.world import Person, World

T = TypeVar("T")
PEOPLE = range(4)
Viewer = int | None
VIEWERS: tuple[Viewer, ...] = (None, *PEOPLE)

persons = st.sampled_from(PEOPLE)
pairs = st.tuples(persons, persons).filter(lambda pair: pair[0] != pair[1])
# Counted from the newest, so that shrinking leads to few notes.
places = st.integers(0, 9)
visibilities = st.sampled_from(range(4))
mentions = st.frozensets(persons, max_size=2)
# Mostly the author, since nobody else can do it.
changers = st.none() | st.none() | st.none() | persons
PATHS = {
    "follow": ("PUT", "/v1/accounts/{}/follow"),
    "unfollow": ("DELETE", "/v1/accounts/{}/follow"),
    "remove": ("DELETE", "/v1/accounts/{}/follower"),
    "accept": ("PUT", "/v1/follow-requests/{}"),
    "reject": ("DELETE", "/v1/follow-requests/{}"),
    "block": ("PUT", "/v1/accounts/{}/block"),
    "unblock": ("DELETE", "/v1/accounts/{}/block"),
    "unmute": ("DELETE", "/v1/accounts/{}/mute"),
}
has_notes = precondition(lambda self: bool(self.model.notes))


class Machine(RuleBasedStateMachine):
    """Each run has an event loop of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.model = Relations()
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

    @rule(verb=st.sampled_from(sorted(PATHS)), pair=pairs)
    def relate(self, verb: str, pair: tuple[int, int]) -> None:
        method, path = PATHS[verb]
        status = getattr(self.model, verb)(*pair)
        self.expect(status, method, path.format(self.people[pair[1]].id), pair[0])

    @rule(pair=pairs, scope=st.sampled_from(["all", "posts", "reposts"]))
    def mute(self, pair: tuple[int, int], scope: str) -> None:
        status = self.model.mute(*pair, scope)
        self.expect(status, "PUT", f"/v1/accounts/{self.people[pair[1]].id}/mute?scope={scope}", pair[0])

    @rule(who=persons)
    def change_privacy(self, who: int) -> None:
        is_private = who not in self.model.private
        self.expect(200, "PATCH", "/v1/me", who, {"is_private": is_private})
        if is_private:
            self.model.private.add(who)
        else:
            self.settle()
            self.model.open_up(who)

    # Writing

    @rule(who=persons, visibility=visibilities, mentioned=mentions)
    def write(self, who: int, visibility: int, mentioned: frozenset[int]) -> None:
        body = {"text": self.text(mentioned), "visibility": NAMES[visibility]}
        heard = self.model.heard_by(who, set(mentioned), None)
        self.publish("/v1/posts", 201, body, Note(0, who, visibility, heard))

    @has_notes
    @rule(who=persons, place=places, mentioned=mentions)
    def comment(self, who: int, place: int, mentioned: frozenset[int]) -> None:
        note = self.note(place)
        parent = note.original
        visibility = parent.visibility if parent.parent else 0
        new = Note(0, who, visibility, self.model.heard_by(who, set(mentioned), parent), parent=parent)
        body = {"text": self.text(mentioned)}
        self.publish(f"/v1/posts/{note.id}/comments", self.model.may_answer(who, note), body, new)

    @has_notes
    @rule(who=persons, place=places, visibility=visibilities)
    def quote(self, who: int, place: int, visibility: int) -> None:
        note = self.note(place)
        body = {"text": self.text(()), "visibility": NAMES[visibility], "quote": str(note.id)}
        new = Note(0, who, visibility, quote=note.original)
        self.publish("/v1/posts", self.model.may_quote(who, note), body, new)

    @has_notes
    @rule(changer=changers, place=places, visibility=visibilities, mentioned=mentions)
    def edit(self, changer: int | None, place: int, visibility: int, mentioned: frozenset[int]) -> None:
        note = self.note(place)
        who = note.author if changer is None else changer
        visibility = max(visibility, note.visibility) if changer is None else visibility
        body = {"text": self.text(mentioned), "visibility": NAMES[visibility]}
        self.expect(
            self.model.edit(who, note, visibility, set(mentioned)), "PATCH", f"/v1/posts/{note.id}", who, body
        )

    @has_notes
    @rule(changer=changers, place=places)
    def delete(self, changer: int | None, place: int) -> None:
        note = self.note(place)
        who = note.author if changer is None else changer
        self.expect(self.model.delete(who, note), "DELETE", f"/v1/posts/{note.id}", who)

    # Reacting

    @has_notes
    @rule(who=persons, place=places, kind=st.sampled_from(["likes", "bookmarks"]), is_on=st.booleans())
    def react(self, who: int, place: int, kind: str, is_on: bool) -> None:
        note = self.note(place)
        status = self.model.react(kind, who, note, is_on=is_on)
        method = "PUT" if is_on else "DELETE"
        self.expect(status, method, f"/v1/posts/{note.id}/{kind.removesuffix('s')}", who)

    @has_notes
    @rule(who=persons, place=places)
    def repost(self, who: int, place: int) -> None:
        note = self.note(place)
        target = note.original
        status = self.model.may_repost(who, note)
        self.expect(status, "PUT", f"/v1/posts/{note.id}/repost", who)
        if status == 200 and (who, target.id) not in self.model.reposts:
            query = "SELECT id FROM posts WHERE repost_of = $1 AND author_id = $2 AND deleted_at IS NULL"
            id_ = self.run(self.world.value(query, target.id, self.people[who].id))
            self.model.reposts[who, target.id] = self.keep(Note(id_, who, repost_of=target))

    @has_notes
    @rule(changer=changers, place=places)
    def unrepost(self, changer: int | None, place: int) -> None:
        """By somebody who passed something on, if anybody did."""
        note, who = self.note(place), changer or 0
        if changer is None and self.model.reposts:
            made = list(self.model.reposts.items())
            (who, _), note = made[place % len(made)]
        self.expect(self.model.unrepost(who, note), "DELETE", f"/v1/posts/{note.id}/repost", who)

    @rule()
    def settle(self) -> None:
        """The worker catches up: nothing that anybody sees may change by that."""
        self.run(self.world.settle())

    # What holds after every step

    @invariant()
    def everybody_sees_what_the_model_says(self) -> None:
        if self.people:
            self.run(self.compare())

    async def compare(self) -> None:
        """Posts come home with the fan-out; all else is right at once."""
        await asyncio.gather(*(self.compare_for(viewer) for viewer in VIEWERS))
        await self.world.settle()
        await asyncio.gather(*(self.compare_home(viewer) for viewer in PEOPLE))

    async def compare_for(self, viewer: Viewer) -> None:
        by = None if viewer is None else self.people[viewer]
        await self.compare_posts(viewer, by)
        await self.compare_accounts(viewer, by)
        for author in PEOPLE:
            page = await self.ids(f"/v1/accounts/{self.people[author].id}/posts?limit=100", by)
            assert page == self.model.page(viewer, author), f"page of {author} for {viewer}"
        if viewer is not None:
            await self.compare_relationships(viewer)

    async def compare_home(self, viewer: int) -> None:
        found = await self.ids("/v1/feeds/home?limit=100", self.people[viewer])
        assert found == self.model.home(viewer), f"home of {viewer}"

    async def compare_posts(self, viewer: Viewer, by: Person | None) -> None:
        """Which posts there are, their counts, and what the viewer did to them."""
        if not self.model.notes:
            return
        latest = self.model.notes[-100:]
        reply = await self.world.get("/v1/posts?ids=" + ",".join(str(note.id) for note in latest), by=by)
        found = {int(post["id"]): post for post in reply.json()["items"]}
        seen = {note.id: note for note in latest if self.model.sees(viewer, note)}
        assert set(found) == set(seen), f"posts for {viewer}"
        for id_, post in found.items():
            assert post["counts"] == self.model.counts(seen[id_]), f"counts of {id_}"
            assert post["viewer"] == self.viewer_of(viewer, seen[id_]), f"{id_} for {viewer}"
            quote = seen[id_].quote
            is_quoting = quote is not None and self.model.sees(viewer, quote)
            assert (post["quote"] is not None) == is_quoting, f"quote in {id_} for {viewer}"

    def viewer_of(self, viewer: Viewer, note: Note) -> dict[str, bool] | None:
        if viewer is None:
            return None
        return {
            "liked": (viewer, note.id) in self.model.likes,
            "reposted": (viewer, note.id) in self.model.reposts,
            "bookmarked": (viewer, note.id) in self.model.bookmarks,
            "pinned": False,
            "following_author": (viewer, note.author) in self.model.follows,
            "may_comment": self.model.goes_on(viewer, note),
        }

    async def compare_accounts(self, viewer: Viewer, by: Person | None) -> None:
        found = (await self.world.get(f"/v1/accounts?ids={self.all_ids}", by=by)).json()["items"]
        expected = {
            str(self.people[who].id): (self.model.account_counts(who), who in self.model.private)
            for who in PEOPLE
            if self.model.finds(viewer, who)
        }
        assert {each["id"]: (each["counts"], each["is_private"]) for each in found} == expected

    async def compare_relationships(self, viewer: int) -> None:
        by = self.people[viewer]
        found = (await self.world.get(f"/v1/relationships?ids={self.all_ids}", by=by)).json()["items"]
        model = self.model
        for other, relation in enumerate(found):
            pair, back = (viewer, other), (other, viewer)
            assert relation == {
                "id": str(self.people[other].id),
                "following": pair in model.follows,
                "followed_by": back in model.follows,
                "requested": pair in model.requests,
                "requested_by": back in model.requests,
                "blocking": pair in model.blocks,
                "muting": model.mutes.get(pair) in ("all", "posts"),
                "muting_reposts": model.mutes.get(pair) in ("all", "reposts"),
                "mute_expires_at": None,
            }, f"{viewer} to {other}"

    # Means

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    def expect(
        self, status: int, method: str, path: str, who: int, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        more: dict[str, Any] = {} if body is None else {"json": body}
        reply = self.run(self.world.request(method, path, by=self.people[who], **more))
        assert reply.status_code == status, f"{method} {path}: {reply.text}"
        found: dict[str, Any] = reply.json() if reply.content else {}
        return found

    def publish(self, path: str, status: int, body: dict[str, Any], new: Note) -> None:
        found = self.expect(status, "POST", path, new.author, body)
        if status == 201:
            new.id = int(found["id"])
            self.keep(new)

    def keep(self, note: Note) -> Note:
        self.model.notes.append(note)
        return note

    def note(self, place: int) -> Note:
        return self.model.notes[-1 - place % len(self.model.notes)]

    def text(self, mentioned: Any) -> str:
        """Never the same twice, so that every edit changes something."""
        self.texts += 1
        return " ".join(
            [f"Words {self.texts}", *(f"@{self.people[who].handle}" for who in sorted(mentioned))]
        )

    @property
    def all_ids(self) -> str:
        return ",".join(str(person.id) for person in self.people)

    async def ids(self, path: str, by: Person | None) -> list[int] | None:
        reply = await self.world.get(path, by=by)
        if reply.status_code == 404:
            return None
        return [int(item["id"]) for item in reply.json()["items"]]
