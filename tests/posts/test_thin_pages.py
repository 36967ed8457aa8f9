"""Lists in which a very long stretch is hidden from the reader: pages may be short, but lead on."""

from typing import Any

import pytest

from hubbub.platform.ids import new_id
from tests.support.world import Person, World


async def flood(world: World, by: Person, post: dict[str, Any], count: int) -> None:
    """Comments of somebody, as many as no client sends."""
    await world.rows(
        """
        INSERT INTO posts (id, author_id, root_id, parent_id, visibility, text)
        SELECT id, $2, $3, $3, 0, 'noise' FROM unnest($1::bigint[]) AS new (id)
        RETURNING id
        """,
        [new_id() for _ in range(count)],
        by.id,
        int(post["id"]),
    )


async def follow_to_an_item(world: World, path: str, page: dict[str, Any], way: str, by: Person) -> Any:
    """The first page that way which shows anything."""
    steps = 0
    while not page["items"] or not steps:
        assert page[way] is not None, f"the list ends after {steps} steps"
        page = (await world.get(f"{path}&cursor={page[way]}", by=by)).raise_for_status().json()
        steps += 1
    return page


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_thin_pages_lead_on_in_both_directions(world: World, order: str) -> None:
    ada, eve, reader = await world.person(), await world.person(), await world.person()
    post = await world.write(ada)
    old = await world.comment(ada, post)
    await flood(world, eve, post, 1300)
    new = await world.comment(ada, post)
    await world.block(reader, eve)
    path = f"/v1/posts/{post['id']}/comments?order={order}&limit=1"

    first = (await world.get(path, by=reader)).json()
    last = await follow_to_an_item(world, path, first, "next", reader)
    again = await follow_to_an_item(world, path, last, "prev", reader)

    expected = [new["id"], old["id"]] if order == "newest" else [old["id"], new["id"]]
    assert [page["items"][0]["id"] for page in (first, last)] == expected
    assert again["items"] == first["items"]


async def test_page_of_which_all_was_deleted_meanwhile_is_empty(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada)
    comments = [await world.comment(ada, post) for _ in range(4)]
    path = f"/v1/posts/{post['id']}/comments?limit=2"
    cursor = (await world.get(path)).json()["next"]

    for comment in comments[:2]:
        await world.delete(f"/v1/posts/{comment['id']}", by=ada)

    page = (await world.get(f"{path}&cursor={cursor}")).json()
    assert page == {"items": [], "next": None, "prev": None}
