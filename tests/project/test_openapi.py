"""The OpenAPI document is complete enough to generate a client from, and so to attack with."""

from collections.abc import Iterator
from typing import Any

import pytest

from hubbub.app import all_routes
from hubbub.platform.http import Route, describe
from tests.support.tree import TESTS

DOCUMENT = describe(all_routes(), version="0", public_url="http://test")
ALL_TESTS = "\n".join(path.read_text() for path in TESTS.rglob("*.py"))


def schemas(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if "type" in node and not isinstance(node["type"], dict):
            yield path, node
        for key, value in node.items():
            yield from schemas(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from schemas(value, f"{path}/{index}")


def test_every_string_and_array_is_bounded() -> None:
    unbounded = [
        path
        for path, schema in schemas(DOCUMENT)
        if (schema["type"] == "string" and not {"maxLength", "enum", "const", "format"} & schema.keys())
        or (schema["type"] == "array" and "maxItems" not in schema)
    ]

    assert unbounded == []


def test_operations_have_distinct_names_and_a_summary() -> None:
    names = [route.operation for route in all_routes()]

    assert len(set(names)) == len(names)
    assert [route.operation for route in all_routes() if not route.description] == []


@pytest.mark.parametrize("route", all_routes(), ids=lambda r: r.operation)
def test_every_operation_lists_its_errors(route: Route) -> None:
    responses = DOCUMENT["paths"][route.path][route.method.lower()]["responses"]

    assert {"429", "503"} <= responses.keys()
    assert route.auth == "none" or "401" in responses
    assert all(str(error.status) in responses for error in route.errors)


@pytest.mark.parametrize("route", all_routes(), ids=lambda r: r.operation)
def test_every_query_parameter_appears_in_a_test(route: Route) -> None:
    if route.query is None:
        return
    for name in route.query.__struct_encode_fields__:
        assert f"{name}=" in ALL_TESTS or f'"{name}"' in ALL_TESTS, (
            f"{route.operation}: {name} is tested nowhere"
        )
