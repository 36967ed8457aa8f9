from typing import Annotated, Any

import pytest
from msgspec import Meta

from hubbub.errors import NotFound
from hubbub.platform.http import Body, PageQuery, Request, Router, Routes, View, describe
from hubbub.platform.paging import Page

routes = Routes("Things")


class ThingNotFound(NotFound):
    code = "thing_not_found"


class NewThing(Body, frozen=True):
    text: Annotated[str, Meta(max_length=9)]
    parts: Annotated[tuple[int, ...], Meta(max_length=3)] = ()


class ThingQuery(PageQuery, frozen=True):
    word: Annotated[str, Meta(max_length=9, description="A word.")] | None = None


class ThingView(View, frozen=True):
    id: str


@routes.get("/v1/things", returns=Page[ThingView], auth="optional")
async def list_things(request: Request, query: ThingQuery) -> None:
    """List things.

    Newest first.
    """


@routes.patch("/v1/things/{thing_id}", returns=ThingView, errors=[ThingNotFound], is_conditional=True)
async def edit_thing(request: Request, thing_id: int, body: NewThing) -> None:
    """Edit a thing."""


@routes.delete("/v1/things/{thing_id}/parts/{name}", auth="none")
async def remove_part(request: Request, thing_id: int, name: str) -> None:
    """Remove a part."""


@routes.put("/v1/things/{thing_id}/mark", returns=ThingView)
async def mark_thing(request: Request, thing_id: int, body: NewThing | None) -> None:
    """Mark a thing."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describe(routes.found, version="1.2", public_url="http://test")


def operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][method]
    return found


def test_operation_is_named_after_its_handler_and_said_in_its_words(document: dict[str, Any]) -> None:
    found = operation(document, "get", "/v1/things")

    assert (found["operationId"], found["summary"], found["description"]) == (
        "listThings",
        "List things",
        "Newest first.",
    )
    assert found["tags"] == ["Things"]


def test_query_parameters_are_those_of_the_struct_without_null(document: dict[str, Any]) -> None:
    found = {each["name"]: each for each in operation(document, "get", "/v1/things")["parameters"]}

    assert found.keys() == {"limit", "cursor", "word"}
    assert found["limit"]["schema"]["maximum"] == 100
    assert found["word"]["schema"] == {"type": "string", "maxLength": 9, "description": "A word."}
    assert not any(each["required"] for each in found.values())


def test_path_parameters_are_required_and_ids_have_their_pattern(document: dict[str, Any]) -> None:
    found = operation(document, "delete", "/v1/things/{thing_id}/parts/{name}")["parameters"]

    assert [(each["name"], each["in"], each["required"]) for each in found] == [
        ("thing_id", "path", True),
        ("name", "path", True),
    ]
    assert "pattern" in found[0]["schema"]


def test_body_is_required_strict_and_bounded(document: dict[str, Any]) -> None:
    body = operation(document, "patch", "/v1/things/{thing_id}")["requestBody"]
    schema = document["components"]["schemas"]["NewThing"]

    assert body["required"] is True
    assert schema["additionalProperties"] is False
    assert schema["properties"]["parts"]["maxItems"] == 3


def test_body_that_may_be_left_out_says_so(document: dict[str, Any]) -> None:
    body = operation(document, "put", "/v1/things/{thing_id}/mark")["requestBody"]

    assert body["required"] is False
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/NewThing"}


def test_errors_are_grouped_by_status_and_name_their_codes(document: dict[str, Any]) -> None:
    responses = operation(document, "patch", "/v1/things/{thing_id}")["responses"]

    assert "`thing_not_found`" in responses["404"]["description"]
    assert {"400", "401", "404", "409", "412", "413", "415", "422", "429", "503"} <= responses.keys()
    assert "Retry-After" in responses["429"]["headers"]


@pytest.mark.parametrize(
    ("method", "path", "security"),
    [
        ("get", "/v1/things", [{}, {"bearer": []}]),
        ("patch", "/v1/things/{thing_id}", [{"bearer": []}]),
        ("delete", "/v1/things/{thing_id}/parts/{name}", []),
    ],
)
def test_security_says_whether_a_token_is_needed(
    document: dict[str, Any], method: str, path: str, security: list[Any]
) -> None:
    assert operation(document, method, path)["security"] == security


def test_headers_of_writes_and_versions_are_listed(document: dict[str, Any]) -> None:
    names = {each["name"] for each in operation(document, "patch", "/v1/things/{thing_id}")["parameters"]}

    assert {"Idempotency-Key", "If-Match"} <= names


def test_route_that_returns_nothing_answers_204(document: dict[str, Any]) -> None:
    responses = operation(document, "delete", "/v1/things/{thing_id}/parts/{name}")["responses"]

    assert "content" not in responses["204"]


def test_same_path_and_method_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="twice"):
        Router([*routes.found, routes.found[0]])


def test_handler_must_take_what_its_path_gives() -> None:
    async def handler(request: Request, other_id: int) -> None: ...

    with pytest.raises(TypeError, match="other_id"):
        Routes("x").get("/v1/x/{thing_id}")(handler)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/v1/things", {"GET"}),
        ("/v1/things/5", {"PATCH"}),
        ("/v1/things/5/parts/x%20y", {"DELETE"}),
        ("/v1/things/", None),
        ("/v1//things", None),
        ("/v1/things/5/parts", None),
        ("/v1/things/5/parts/a/b", None),
        ("", None),
        ("/", None),
    ],
)
def test_path_is_found_exactly_or_not_at_all(path: str, found: set[str] | None) -> None:
    match = Router(routes.found).find(path)

    assert (set(match[0]) if match else None) == found


@pytest.mark.parametrize("value", ["{}", "{thing_id}", "parts", "%7B%7D", "*"])
def test_parameter_may_have_any_text(value: str) -> None:
    match = Router(routes.found).find(f"/v1/things/{value}")

    assert match is not None
    assert match[1] == [value]
