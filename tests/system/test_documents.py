import re
from typing import Any

import pytest

from hubbub.app import all_routes
from tests.support.world import World


async def document(world: World) -> dict[str, Any]:
    reply = await world.get("/openapi.json")
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


async def test_document_has_every_route_and_nothing_else(world: World) -> None:
    paths = (await document(world))["paths"]

    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described == {(route.method, route.path) for route in all_routes()}


async def test_references_lead_somewhere(world: World) -> None:
    found = await document(world)
    names = set(re.findall(r"#/components/schemas/([^\"']+)", str(found)))

    assert names <= found["components"]["schemas"].keys()


@pytest.mark.parametrize("path", ["/docs", "/docs/stream"])
async def test_page_loads_only_what_this_server_has(world: World, path: str) -> None:
    page = (await world.get(path)).text
    parts = re.findall(r'(?:href|src)="([^"]+)"', page)

    assert parts
    for part in parts:
        reply = await world.get(part)
        assert (reply.status_code, part[0]) == (200, "/"), part


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/docs", "text/html"),
        ("/docs/stream", "text/html"),
        ("/docs/docs.css", "text/css"),
        ("/docs/docs.js", "text/javascript"),
        ("/docs/stream.js", "text/javascript"),
    ],
)
async def test_page_forbids_foreign_code_by_its_policy(world: World, path: str, kind: str) -> None:
    reply = await world.get(path)

    policy = reply.headers["content-security-policy"]
    assert reply.headers["content-type"].startswith(kind)
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "name", ["docs.html", "stream.html", "..%2f..%2fsettings.py", "docs.js.map", "%2e%2e"]
)
async def test_page_has_no_other_parts(world: World, name: str) -> None:
    assert (await world.get(f"/docs/{name}")).status_code == 404


@pytest.mark.parametrize("name", ["docs.js", "stream.js"])
async def test_page_holds_no_markup_made_from_text(name: str) -> None:
    from importlib.resources import files

    script = (files("hubbub.system") / "pages" / name).read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)
