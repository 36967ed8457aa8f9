import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.posts.readers import ids, page_back, page_through, statements_of
from tests.support.world import Person, World

PUBLIC = "/v1/feeds/public"
KINDS = ["post", "post", "quote", "comment", "repost", "unlisted", "followers", "private", "muted", "deleted"]


class Square:
    """Everything that people do in public, and what of it belongs on the page."""

    def __init__(self, world: World, ada: Person, private: Person, muted: Person) -> None:
        self.world = world
        self.ada = ada
        self.authors = {"private": private, "muted": muted}
        self.listed: list[tuple[str, str]] = []

    async def add(self, kind: str) -> None:
        by = self.authors.get(kind, self.ada)
        root = self.listed[0][0] if self.listed else (await self._post("post", by=self.ada))
        if kind == "repost":
            await self.world.put(f"/v1/posts/{root}/repost", by=self.authors["muted"])
        elif kind == "comment":
            await self.world.write(by, reply_to=root)
        elif kind == "deleted":
            post = await self.world.write(by)
            await self.world.delete(f"/v1/posts/{post['id']}", by=by)
        elif kind in ("unlisted", "followers"):
            await self.world.write(by, visibility=kind)
        elif kind == "private":
            await self.world.write(by)
        else:
            await self._post(kind, by=by, quote=root if kind == "quote" else None)

    async def _post(self, kind: str, *, by: Person, quote: str | None = None) -> str:
        post = await self.world.write(by, quote=quote)
        self.listed.append((post["id"], kind))
        return str(post["id"])


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(st.sampled_from(KINDS), min_size=3, max_size=20), limit=st.integers(1, 4))
async def test_pages_hold_what_is_for_everyone_both_ways(world: World, kinds: list[str], limit: int) -> None:
    await world.rows("DELETE FROM posts RETURNING id")
    reader, muted = await world.person(), await world.person()
    await world.mute(reader, muted)
    square = Square(world, await world.person(), await world.person(is_private=True), muted)
    for kind in kinds:
        await square.add(kind)

    for by, hidden in ((reader, "muted"), (None, "")):
        expected = [id_ for id_, kind in square.listed[::-1] if kind != hidden]
        pages = await page_through(world, PUBLIC, by=by, limit=limit)
        back = await page_back(world, PUBLIC, by=by, limit=limit)
        assert [id_ for page in pages for id_ in page] == expected
        assert [id_ for page in back[::-1] for id_ in page] == expected
        assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("side", ["blocker", "blocked"])
async def test_block_either_way_clears_the_page_of_each_other(world: World, side: str) -> None:
    ada, eve = await world.person(), await world.person()
    post = await world.write(ada)
    await world.block(*((eve, ada) if side == "blocker" else (ada, eve)))

    assert await ids(world, PUBLIC, by=eve) == []
    assert await ids(world, PUBLIC) == [post["id"]]


async def test_follower_of_a_private_account_finds_it_at_home_alone(world: World) -> None:
    ada, fan = await world.person(), await world.person()
    await world.follow(fan, ada)
    post = await world.write(ada)
    await world.set_private(ada)

    assert await ids(world, PUBLIC, by=fan) == []
    assert await ids(world, "/v1/feeds/home", by=fan) == [post["id"]]


async def test_account_that_opens_is_on_the_page_at_once(world: World) -> None:
    ada = await world.person(is_private=True)
    post = await world.write(ada)
    before = await ids(world, PUBLIC)

    await world.set_private(ada, False)

    assert before == []
    assert await ids(world, PUBLIC) == [post["id"]]


@pytest.mark.parametrize("state", ["deactivated", "suspended", "deleting"])
async def test_posts_of_who_is_not_active_leave_and_come_back(world: World, state: str) -> None:
    ada, reader = await world.person(), await world.person()
    post = await world.write(ada)

    await world.set_state(ada, state)  # type: ignore[arg-type]
    away = await ids(world, PUBLIC, by=reader)
    await world.set_state(ada, "active")

    assert away == []
    assert await ids(world, PUBLIC, by=reader) == [post["id"]]


async def test_quote_of_a_hidden_post_is_listed_without_it(world: World) -> None:
    ada, eve, reader = [await world.person() for _ in range(3)]
    post = await world.write(ada, "Hide me")
    quote = await world.write(eve, quote=post["id"])
    await world.block(ada, reader)

    page = (await world.get(PUBLIC, by=reader)).json()["items"]

    assert [(item["id"], item["quote"]) for item in page] == [(quote["id"], None)]


async def test_page_takes_a_constant_number_of_statements(world: World) -> None:
    reader = await world.person()
    for _ in range(12):
        await world.write(await world.person(), "x")
    await world.get(PUBLIC, by=reader)

    costs = []
    for limit in (1, 10, 100):
        with world.counted() as cost:
            await world.get(f"{PUBLIC}?limit={limit}", by=reader)
        costs.append((len(statements_of(cost.statements)), cost.round_trips))

    assert costs[0] == costs[1] == costs[2] <= (5, 1)
