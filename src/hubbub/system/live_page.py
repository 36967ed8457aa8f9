"""The AsyncAPI document, and a page that opens a stream."""

from functools import cache

import msgspec

from hubbub.platform.http import Reply, Request, Routes
from hubbub.stream import describe_stream
from hubbub.system.docs_page import HEADERS, HTML, read_page
from hubbub.system.version import VERSION

routes = Routes("System")


@routes.get("/asyncapi.json", returns=bytes, auth="none", budget="none")
async def get_asyncapi(request: Request) -> Reply:
    """The AsyncAPI 3.0 document of the live stream: its frames, and what closes it."""
    body = _document(request.services.public_url)
    return Reply(body, headers={"Cache-Control": "public, max-age=300"})


@routes.get("/docs/stream", returns=bytes, auth="none", budget="none", media_type=HTML)
async def get_stream_page(request: Request) -> Reply:
    """A page that opens a stream, shows what comes, and sends what you write."""
    return Reply(read_page("stream.html"), headers=HEADERS, media_type=HTML)


@cache
def _document(public_url: str) -> bytes:
    return msgspec.json.encode(describe_stream(version=VERSION, public_url=public_url))
