"""What the links in mails open, for servers that have no web app of their own at the public URL."""

from functools import cache
from importlib.resources import files

from hubbub.errors import NotFound
from hubbub.platform.http import Reply, Request, Routes

routes = Routes("E-mail")
HTML = "text/html; charset=utf-8"
TYPES = {"links.css": "text/css; charset=utf-8", "links.js": "text/javascript; charset=utf-8"}
HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}


@routes.get("/verify-email", returns=bytes, auth="none", budget="none", media_type=HTML)
async def open_verification(request: Request) -> Reply:
    """The page behind the link that confirms an address."""
    return Reply(_read("verify-email.html"), headers=HEADERS, media_type=HTML)


@routes.get("/reset-password", returns=bytes, auth="none", budget="none", media_type=HTML)
async def open_reset(request: Request) -> Reply:
    """The page behind the link that sets a new password."""
    return Reply(_read("reset-password.html"), headers=HEADERS, media_type=HTML)


@routes.get(
    "/links/{name}", returns=bytes, auth="none", budget="none", media_type="text/plain", errors=[NotFound]
)
async def get_link_file(request: Request, name: str) -> Reply:
    """A part of these pages."""
    if name not in TYPES:
        raise NotFound(name[:40])
    return Reply(_read(name), headers=HEADERS, media_type=TYPES[name])


@cache
def _read(name: str) -> bytes:
    return (files("hubbub.identity") / "pages" / name).read_bytes()
