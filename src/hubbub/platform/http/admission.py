"""Before a handler runs: who asks?"""

from hubbub.errors import Unauthorized
from hubbub.platform.http.requests import Request
from hubbub.platform.http.routing import Route


async def admit(request: Request, route: Route) -> None:
    """Raises Unauthorized, or NotAllowed for a suspended account."""
    services = request.services
    request.client_ip = (request.scope.get("client") or ("",))[0]
    token = _bearer(request) if route.auth != "none" else None
    if token is None and route.auth == "required":
        raise Unauthorized("no token")
    if token is not None and services.authenticator is not None:
        viewer = await services.authenticator.authenticate(token)
        request.identify(viewer)
        request.scope.setdefault("state", {})["account_id"] = viewer.id


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("not a bearer token")
    return token.strip()
