"""A home page that is kept holds only as long as all that it was made of."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

import pytest

from hubbub.posts.fragments import StoredPost
from hubbub.posts.store import PostStore
from tests.support.world import World

HOME = "/v1/feeds/home"


@pytest.fixture
def during_a_load(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], Awaitable[Any]]], None]:
    """Has something happen once, between reading posts and keeping them."""
    store = world.services.part(PostStore)

    def arrange(act: Callable[[], Awaitable[Any]]) -> None:
        read, left = store._load, [act]

        async def read_and_act(post_ids: Collection[int]) -> dict[int, StoredPost]:
            found = await read(post_ids)
            if left:
                await left.pop()()
            return found

        monkeypatch.setattr(store, "_load", read_and_act)

    return arrange


async def test_post_deleted_while_a_page_is_put_together_is_not_on_the_next(
    world: World, during_a_load: Callable[[Callable[[], Awaitable[Any]]], None]
) -> None:
    reader, friend = await world.person(), await world.person()
    await world.follow(reader, friend)
    post = await world.write(friend)
    await world.settle()
    await world.warm_home(reader)
    world.services.part(PostStore).forget_all()
    during_a_load(lambda: world.delete(f"/v1/posts/{post['id']}", by=friend))

    await world.get(HOME, by=reader)

    assert (await world.get(HOME, by=reader)).json()["items"] == []
