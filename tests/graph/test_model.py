"""Any sequence of verbs between three people leaves the rows, relations and counts of a small model."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import Person, World

Pair = tuple[int, int]
PEOPLE = range(3)
VERBS = (
    "follow",
    "unfollow",
    "accept",
    "reject",
    "remove",
    "block",
    "unblock",
    "mute",
    "unmute",
    "open",
    "close",
)


@dataclass
class Model:
    """Who does what to whom, as sets of ordered pairs. Each verb returns the status of the answer."""

    private: set[int] = field(default_factory=set)
    follows: set[Pair] = field(default_factory=set)
    requests: set[Pair] = field(default_factory=set)
    blocks: set[Pair] = field(default_factory=set)
    mutes: set[Pair] = field(default_factory=set)

    def sees(self, who: int, whom: int) -> bool:
        return (whom, who) not in self.blocks

    def follow(self, who: int, whom: int) -> int:
        if not self.sees(who, whom) or (who, whom) in self.blocks:
            return 404
        if (who, whom) in self.follows:
            return 200
        if whom in self.private:
            self.requests.add((who, whom))
        else:
            self.requests.discard((who, whom))
            self.follows.add((who, whom))
        return 200

    def _take_back(self, edges: set[Pair], edge: Pair, who: int, whom: int) -> int:
        had = edge in edges
        edges.discard(edge)
        return 200 if had or self.sees(who, whom) else 404

    def unfollow(self, who: int, whom: int) -> int:
        self.requests.discard((who, whom))
        return self._take_back(self.follows, (who, whom), who, whom)

    def remove(self, who: int, whom: int) -> int:
        return self._take_back(self.follows, (whom, who), who, whom)

    def accept(self, who: int, whom: int) -> int:
        if (whom, who) in self.requests:
            self.requests.discard((whom, who))
            self.follows.add((whom, who))
            return 200
        return 200 if (whom, who) in self.follows else 404

    def reject(self, who: int, whom: int) -> int:
        had = (whom, who) in self.requests
        self.requests.discard((whom, who))
        return 200 if had else 404

    def block(self, who: int, whom: int) -> int:
        if not self.sees(who, whom):
            return 404
        self.blocks.add((who, whom))
        for edge in ((who, whom), (whom, who)):
            self.follows.discard(edge)
            self.requests.discard(edge)
        return 200

    def unblock(self, who: int, whom: int) -> int:
        return self._take_back(self.blocks, (who, whom), who, whom)

    def mute(self, who: int, whom: int) -> int:
        if not self.sees(who, whom):
            return 404
        self.mutes.add((who, whom))
        return 200

    def unmute(self, who: int, whom: int) -> int:
        return self._take_back(self.mutes, (who, whom), who, whom)

    def open(self, who: int, whom: int) -> int:
        if who in self.private:
            self.private.discard(who)
            asking = {edge for edge in self.requests if edge[1] == who}
            self.requests -= asking
            self.follows |= asking
        return 200

    def close(self, who: int, whom: int) -> int:
        self.private.add(who)
        return 200


ROUTES = {
    "follow": ("PUT", "/v1/accounts/{}/follow"),
    "unfollow": ("DELETE", "/v1/accounts/{}/follow"),
    "remove": ("DELETE", "/v1/accounts/{}/follower"),
    "accept": ("PUT", "/v1/follow-requests/{}"),
    "reject": ("DELETE", "/v1/follow-requests/{}"),
    "block": ("PUT", "/v1/accounts/{}/block"),
    "unblock": ("DELETE", "/v1/accounts/{}/block"),
    "mute": ("PUT", "/v1/accounts/{}/mute"),
    "unmute": ("DELETE", "/v1/accounts/{}/mute"),
}


async def act(world: World, verb: str, who: Person, whom: Person) -> int:
    if verb in ("open", "close"):
        await world.set_private(who, verb == "close")
        if verb == "open":
            await world.settle()
        return 200
    method, path = ROUTES[verb]
    return (await world.request(method, path.format(whom.id), by=who)).status_code


async def assert_same(world: World, model: Model, people: Sequence[Person]) -> None:
    for who in PEOPLE:
        ids = ",".join(str(person.id) for person in people)
        found = (await world.get(f"/v1/relationships?ids={ids}", by=people[who])).json()["items"]
        for whom, relation in enumerate(found):
            assert relation == {
                "id": str(people[whom].id),
                "following": (who, whom) in model.follows,
                "followed_by": (whom, who) in model.follows,
                "requested": (who, whom) in model.requests,
                "requested_by": (whom, who) in model.requests,
                "blocking": (who, whom) in model.blocks,
                "muting": (who, whom) in model.mutes,
                "muting_reposts": (who, whom) in model.mutes,
                "mute_expires_at": None,
            }
        assert await world.counts(people[who]) == {
            "followers": sum(whom == who for _, whom in model.follows),
            "following": sum(by == who for by, _ in model.follows),
            "posts": 0,
        }


STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.sampled_from([(a, b) for a in PEOPLE for b in PEOPLE if a != b])),
    min_size=1,
    max_size=40,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_verbs_do_what_the_model_says(world: World, steps: list[tuple[str, Pair]]) -> None:
    people, model = [await world.person() for _ in PEOPLE], Model()

    for verb, (who, whom) in steps:
        status = await act(world, verb, people[who], people[whom])
        assert status == getattr(model, verb)(who, whom), (verb, who, whom)

    await assert_same(world, model, people)
    await world.settle()
    await assert_same(world, model, people)
