"""The documentation page at /docs: a few small files that need no network beyond this server."""

from functools import cache
from importlib.resources import files

from hubbub.errors import NotFound
from hubbub.platform.http import Reply, Request, Routes

routes = Routes("System")
TYPES = {
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "stream.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
HTML = "text/html; charset=utf-8"
# Everything the page loads comes from this server; its requests go to this server only.
HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
}


@routes.get("/", returns=None, status=302, auth="none", budget="none")
async def get_start(request: Request) -> Reply:
    """Leads whoever opens the address in a browser to the documentation."""
    return Reply(status=302, headers={"Location": "/docs", "Cache-Control": "public, max-age=300"})


@routes.get("/docs", returns=bytes, auth="none", budget="none", media_type=HTML)
async def get_docs(request: Request) -> Reply:
    """The documentation of this API as a page that can send requests."""
    return Reply(read_page("docs.html"), headers=HEADERS, media_type=HTML)


@routes.get("/docs/{name}", returns=bytes, auth="none", budget="none", media_type="text/plain")
async def get_docs_file(request: Request, name: str) -> Reply:
    """A part of the documentation page."""
    if name not in TYPES:
        raise NotFound(name[:40])
    return Reply(read_page(name), headers=HEADERS, media_type=TYPES[name])


@cache
def read_page(name: str) -> bytes:
    return (files("hubbub.system") / "pages" / name).read_bytes()
