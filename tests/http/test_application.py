from typing import Annotated, Any

import httpx
import pytest
from msgspec import Meta

from hubbub.errors import Conflict, NotFound
from hubbub.platform.db import Tx
from hubbub.platform.http import (
    ApiDocument,
    Application,
    Body,
    PageQuery,
    Reply,
    Request,
    Router,
    Routes,
    View,
    versioned,
)
from hubbub.platform.paging import Page, Window, fill_slice
from hubbub.system.routes import routes as system
from tests.support.world import World

routes = Routes("Samples")


class SampleNotFound(NotFound):
    code = "sample_not_found"


class NewSample(Body, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=20)]


class SampleQuery(PageQuery, frozen=True):
    word: Annotated[str, Meta(max_length=9)] | None = None


class SampleView(View, frozen=True):
    id: str
    text: str


@routes.get(
    "/v1/samples/{sample_id}", returns=SampleView, auth="none", errors=[SampleNotFound], is_conditional=True
)
async def get_sample(request: Request, sample_id: int) -> Reply:
    """Get a sample."""
    etag = f"{sample_id}-1"
    return versioned(SampleView(id=str(sample_id), text="x"), etag, is_known=request.etag_matches(etag))


@routes.patch("/v1/samples/{sample_id}", returns=SampleView, auth="none", is_conditional=True)
async def edit_sample(request: Request, sample_id: int, body: NewSample) -> SampleView:
    """Edit a sample."""
    request.require_match(f"{sample_id}-1")
    return SampleView(id=str(sample_id), text=body.text)


@routes.post("/v1/samples", returns=SampleView, auth="none", status=201, errors=[Conflict])
async def create_sample(request: Request, body: NewSample) -> Reply:
    """Create a sample."""

    async def effect(tx: Tx) -> SampleView:
        await tx.execute("INSERT INTO emails VALUES ($1, 1)", body.text.encode())
        return SampleView(id="1", text=body.text)

    return await request.write(effect)


@routes.get("/v1/samples", returns=Page[SampleView], auth="none")
async def list_samples(request: Request, query: SampleQuery) -> Page[SampleView]:
    """List samples 1 to 9, of which the even ones may be seen."""
    window = request.window(query.cursor, query.limit)

    async def fetch(scan: Window) -> list[int]:
        ids = range(1, 10) if scan.is_back else range(9, 0, -1)
        return [i for i in ids if (i > scan.position if scan.is_back else i < scan.position)][: scan.limit]

    async def keep(ids: Any) -> list[tuple[int, SampleView]]:
        return [(i, SampleView(id=str(i), text="even")) for i in ids if i % 2 == 0]

    return request.page(window, await fill_slice(window, fetch, keep, lambda i: i))


@pytest.fixture
async def http(world: World) -> Any:
    world.services.add(ApiDocument(b"{}"))
    app = Application(Router([*routes.found, *system.found]), world.services)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("id_", ["0", "01", "-1", "1.0", "true", str(2**63), str(10**40), "x", "%00", "１"])
async def test_what_cannot_be_an_id_is_not_found(http: httpx.AsyncClient, id_: str) -> None:
    reply = await http.get(f"/v1/samples/{id_}")

    assert (reply.status_code, reply.json()["code"]) == (404, "sample_not_found")


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/samples/", "//v1/samples", "/v1/samples/1/", "/V1/samples/1", "/v1/nothing"]
)
async def test_path_that_is_no_route_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    reply = await http.get(f"http://test{path}")

    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


async def test_other_method_is_told_which_are_allowed(http: httpx.AsyncClient) -> None:
    reply = await http.put("/v1/samples/1")

    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD, PATCH")


async def test_problem_names_each_field(http: httpx.AsyncClient) -> None:
    reply = await http.post("/v1/samples", json={"text": "", "x": 1})

    assert reply.status_code == 422
    assert [(e["pointer"], e["code"]) for e in reply.json()["errors"]] == [
        ("/x", "unknown_field"),
        ("/text", "too_short"),
    ]


async def test_body_that_is_not_json_by_type_is_refused(http: httpx.AsyncClient) -> None:
    reply = await http.post("/v1/samples", content=b'{"text": "a"}', headers={"content-type": "text/plain"})

    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media")


async def test_known_version_is_answered_without_a_body(http: httpx.AsyncClient) -> None:
    etag = (await http.get("/v1/samples/7")).headers["etag"]

    reply = await http.get("/v1/samples/7", headers={"If-None-Match": f'"other", {etag}'})

    assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize(("given", "status"), [('W/"7-1"', 200), ('"7-1"', 200), ("*", 200), ('"7-2"', 412)])
async def test_change_of_an_old_version_is_refused(http: httpx.AsyncClient, given: str, status: int) -> None:
    reply = await http.patch("/v1/samples/7", json={"text": "a"}, headers={"If-Match": given})

    assert reply.status_code == status


async def test_repeated_key_replays_the_reply_and_writes_once(http: httpx.AsyncClient, world: World) -> None:
    first = await http.post("/v1/samples", json={"text": "once"}, headers={"Idempotency-Key": "k"})
    again = await http.post("/v1/samples", json={"text": "once"}, headers={"Idempotency-Key": '"k"'})

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await world.value("SELECT count(*) FROM emails") == 1


async def test_strangers_who_choose_the_same_key_do_not_meet(http: httpx.AsyncClient, world: World) -> None:
    one = await http.post("/v1/samples", json={"text": "one"}, headers={"Idempotency-Key": "k"})
    two = await http.post("/v1/samples", json={"text": "two"}, headers={"Idempotency-Key": "k"})

    assert (one.json()["text"], two.json()["text"]) == ("one", "two")
    assert await world.value("SELECT count(*) FROM emails") == 2


async def test_pages_meet_in_both_directions(http: httpx.AsyncClient) -> None:
    first = (await http.get("/v1/samples?limit=2")).json()
    second = (await http.get(f"/v1/samples?limit=2&cursor={first['next']}")).json()
    back = (await http.get(f"/v1/samples?limit=2&cursor={second['prev']}")).json()

    assert [i["id"] for i in first["items"]] == ["8", "6"]
    assert [i["id"] for i in second["items"]] == ["4", "2"]
    assert [i["id"] for i in back["items"]] == ["8", "6"]
    assert (first["prev"], back["prev"]) == (None, None)
    assert back["next"] is not None


async def test_link_header_leads_to_the_same_pages(http: httpx.AsyncClient) -> None:
    first = await http.get("/v1/samples?limit=2")
    following = first.links["next"]["url"]

    assert (await http.get(following)).json()["items"][0]["id"] == "4"


async def test_cursor_of_another_list_is_refused(http: httpx.AsyncClient) -> None:
    reply = await http.get("/v1/samples?cursor=AAAAAAAAAAAAAAAA")

    assert (reply.status_code, reply.json()["code"]) == (400, "bad_cursor")


async def test_cursor_goes_with_any_limit_but_not_with_other_filters(http: httpx.AsyncClient) -> None:
    cursor = (await http.get("/v1/samples?limit=2&word=even")).json()["next"]

    longer = await http.get(f"/v1/samples?limit=3&word=even&cursor={cursor}")
    other = await http.get(f"/v1/samples?limit=2&cursor={cursor}")

    assert [item["id"] for item in longer.json()["items"]] == ["4", "2"]
    assert (other.status_code, other.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize(("method", "header"), [("GET", "If-None-Match"), ("PATCH", "If-Match")])
async def test_overlong_condition_is_refused(http: httpx.AsyncClient, method: str, header: str) -> None:
    reply = await http.request(
        method,
        "/v1/samples/7",
        headers={header: '"' + "1" * 300, "Content-Type": "application/json"},
        content=b'{"text": "x"}' if method == "PATCH" else None,
    )

    assert (reply.status_code, reply.json()["code"]) == (400, "bad_request")
