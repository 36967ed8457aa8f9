from typing import Annotated

from msgspec import Meta

from hubbub.platform.http import ApiDocument, Reply, Request, Routes, View
from hubbub.system.version import VERSION

routes = Routes("System")


class InstanceView(View, frozen=True, kw_only=True):
    """What a client needs to know of this server before it signs anyone in."""

    name: Annotated[str, Meta(max_length=100)]
    version: Annotated[str, Meta(max_length=40)]
    max_post_characters: int
    max_page_limit: int


@routes.get("/openapi.json", returns=bytes, auth="none", budget="none")
async def get_openapi(request: Request) -> Reply:
    """The OpenAPI 3.1 document of this API."""
    document = request.services.part(ApiDocument)
    return Reply(document.body, headers={"Cache-Control": "public, max-age=300"})


@routes.get("/v1/instance", returns=InstanceView, auth="none")
async def get_instance(request: Request) -> InstanceView:
    """Name, version and limits of this server."""
    return InstanceView(name="Hubbub", version=VERSION, max_post_characters=5000, max_page_limit=100)
