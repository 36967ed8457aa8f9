"""Former versions: each once, in order, with the times at which they stood, for whoever sees the post."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.posts.readers import statements_of
from tests.support.storms import storm
from tests.support.world import World

WORDS = st.sampled_from(["One", "Two", "Three #tag", "Two"])


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(WORDS, max_size=12), limit=st.integers(1, 4))
async def test_history_pages_both_ways_through_every_version(
    world: World, texts: list[str], limit: int
) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada, 'Zero'))['id']}"
    stood = ["Zero"]
    for text in texts:
        await world.patch(path, by=ada, json={"text": text})
        stood += [text] if text != stood[-1] else []

    page = (await world.get(f"{path}/history?limit={limit}")).json()
    forth = page["items"]
    while page["next"]:
        page = (await world.get(f"{path}/history?limit={limit}&cursor={page['next']}")).json()
        forth = forth + page["items"]
    back = page["items"]
    while page["prev"]:
        page = (await world.get(f"{path}/history?limit={limit}&cursor={page['prev']}")).json()
        back = page["items"] + back

    assert [item["text"] for item in forth] == stood[:-1][::-1]
    assert [item["version"] for item in forth] == list(range(len(stood) - 1, 0, -1))
    assert back == forth


async def test_version_tells_when_it_was_written(world: World) -> None:
    ada = await world.person()
    post = await world.write(ada, "One")
    path = f"/v1/posts/{post['id']}"
    second = (await world.patch(path, by=ada, json={"text": "Two"})).json()
    third = (await world.patch(path, by=ada, json={"text": "Three"})).json()

    items = (await world.get(f"{path}/history")).json()["items"]

    assert [item["created_at"] for item in items] == [second["edited_at"], post["created_at"]]
    assert third["edited_at"] >= second["edited_at"] > post["created_at"]


async def test_version_keeps_all_that_was_shown(world: World) -> None:
    ada = await world.person()
    await world.person("bob")
    post = await world.write(ada, "With @bob #here", content_warning="Mind", language="fr")
    path = f"/v1/posts/{post['id']}"

    await world.patch(path, by=ada, json={"text": "Plain", "content_warning": None, "language": None})

    [item] = (await world.get(f"{path}/history")).json()["items"]
    for field in ("text", "entities", "content_warning", "language", "version"):
        assert item[field] == post[field], field


@pytest.mark.parametrize("change", [{"visibility": "unlisted"}, {"reply_policy": "nobody"}])
async def test_what_is_no_wording_leaves_no_version_behind(world: World, change: dict[str, str]) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada))['id']}"

    edited = (await world.patch(path, by=ada, json=change)).json()

    assert (edited["version"], edited["edited_at"]) == (2, None)
    assert (await world.get(f"{path}/history")).json()["items"] == []


@pytest.mark.parametrize("change", [{"content_warning": "Mind"}, {"language": "fr"}])
async def test_change_of_warning_or_language_alone_is_a_version(world: World, change: dict[str, str]) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada, language='en'))['id']}"

    edited = (await world.patch(path, by=ada, json=change)).json()

    assert edited["edited_at"] is not None
    assert len((await world.get(f"{path}/history")).json()["items"]) == 1


async def test_edits_at_once_leave_one_version_each(world: World) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada, 'Zero'))['id']}"

    await storm(
        world, [world.patch(path, by=ada, json={"text": f"Edit {n}"}) for n in range(8)], allowed={200}
    )

    now = (await world.get(path)).json()
    items = (await world.get(f"{path}/history")).json()["items"]
    assert [item["version"] for item in items] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert now["version"] == 9
    assert {now["text"], *(item["text"] for item in items)} == {"Zero", *(f"Edit {n}" for n in range(8))}


async def test_edit_and_deletion_at_once_end_with_no_post(world: World) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada, 'About #rivers'))['id']}"
    edits = [world.patch(path, by=ada, json={"text": f"#tag{n}x"}) for n in range(6)]

    statuses = await storm(
        world, [*edits[:3], world.delete(path, by=ada), *edits[3:]], allowed={200, 204, 404}
    )

    assert statuses[3] == 204
    assert (await world.get(path, by=ada)).status_code == 404
    assert await world.rows("SELECT tag FROM post_tags") == []


async def test_deleted_post_has_no_history(world: World) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada))['id']}"
    await world.patch(path, by=ada, json={"text": "Other"})

    await world.delete(path, by=ada)

    assert (await world.get(f"{path}/history", by=ada)).status_code == 404


async def test_history_of_a_narrowed_post_is_for_those_who_see_it(world: World) -> None:
    ada, fan, stranger = [await world.person() for _ in range(3)]
    await world.follow(fan, ada)
    path = f"/v1/posts/{(await world.write(ada))['id']}"
    await world.patch(path, by=ada, json={"text": "Other", "visibility": "followers"})

    statuses = [(await world.get(f"{path}/history", by=by)).status_code for by in (ada, fan, stranger, None)]

    assert statuses == [200, 200, 404, 404]


async def test_page_takes_a_constant_number_of_statements(world: World) -> None:
    ada = await world.person()
    path = f"/v1/posts/{(await world.write(ada))['id']}"
    for number in range(12):
        await world.patch(path, by=ada, json={"text": f"Edit {number}"})

    costs = []
    for limit in (1, 10, 100):
        with world.counted() as cost:
            await world.get(f"{path}/history?limit={limit}", by=ada)
        costs.append(len(statements_of(cost.statements)))

    # The post, its author, the versions.
    assert costs == [3, 3, 3]
