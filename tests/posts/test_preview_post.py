import pytest

from hubbub.platform.db import Tx
from tests.support.engines import TestEngines
from tests.support.snapshots import snapshot_of
from tests.support.world import World


async def test_preview_answers_with_the_post_that_publishing_would_make(world: World) -> None:
    ada, bo = await world.person(), await world.person()
    quoted = await world.write(bo, "A thought")
    body = {"text": f"See @{bo.handle} on #thoughts", "quote": quoted["id"], "visibility": "unlisted"}

    previewed = await world.post("/v1/posts?preview=true", by=ada, json=body)
    published = await world.post("/v1/posts", by=ada, json=body)

    assert (previewed.status_code, published.status_code) == (200, 201)
    own = ("id", "created_at", "quote")
    expected = {name: value for name, value in published.json().items() if name not in own}
    assert {name: value for name, value in previewed.json().items() if name not in own} == expected
    assert previewed.json()["quote"]["text"] == "A thought"
    assert (await world.get(f"/v1/posts/{previewed.json()['id']}", by=ada)).status_code == 404


@pytest.mark.parametrize("path", ["/v1/posts", "/v1/posts/{id}/comments"])
async def test_preview_leaves_nothing_behind(
    world: World, engines: TestEngines, database_url: str, path: str
) -> None:
    ada, bo = await world.person(), await world.person()
    post = await world.write(bo, "A thought")
    key = {"Idempotency-Key": "only once"}
    target = path.format(id=post["id"])

    async with snapshot_of(engines.superuser_url(database_url)) as before:
        previewed = await world.post(f"{target}?preview=true", by=ada, json={"text": "#mine"}, headers=key)
        changed = await before.changed_tables()

    assert previewed.status_code == 200
    assert changed == set()
    assert (await world.post(target, by=ada, json={"text": "#mine"}, headers=key)).status_code == 201


async def test_preview_is_refused_for_what_publishing_is_refused_for(world: World) -> None:
    ada = await world.person()

    empty = await world.post("/v1/posts?preview=true", by=ada, json={"text": "  "})
    nowhere = await world.post("/v1/posts?preview=true", by=ada, json={"text": "Hm", "reply_to": "1"})

    assert (empty.status_code, nowhere.status_code) == (422, 404)
    assert empty.json()["errors"][0]["pointer"] == "/text"


async def test_rehearsal_wakes_no_worker(world: World) -> None:
    woken: list[bool] = []
    ada = await world.person()
    world.db.after_announcing = lambda _: woken.append(True)

    await world.post("/v1/posts?preview=true", by=ada, json={"text": "Hm"})
    was_woken = bool(woken)
    await world.write(ada, "Hm")

    assert (was_woken, bool(woken)) == (False, True)


async def test_rehearsal_tells_the_errors_of_the_effect(world: World) -> None:
    async def effect(tx: Tx) -> int:
        raise KeyError("of the effect")

    with pytest.raises(KeyError, match="of the effect"):
        await world.db.rehearse(effect)
