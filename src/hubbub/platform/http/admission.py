"""Before a handler runs: who asks, and have they budget left?"""

from typing import Any

from hubbub.errors import NotAllowed, Unauthorized
from hubbub.platform.http.requests import Request, Viewer
from hubbub.platform.http.routing import Route
from hubbub.platform.rates import Role, RouteClass, client_ip, route_charges
from hubbub.platform.services import Authenticator
from hubbub.platform.valkey import Ask

# Calling an enum to look a member up is slow.
_CLASSES = {route_class.value: route_class for route_class in RouteClass}
_ROLES = {role.value: role for role in Role}


async def admit(request: Request, route: Route) -> None:
    """Raises Unauthorized, NotAllowed for a suspended account, or TooMany."""
    services = request.services
    request.client_ip = client_ip(request.scope, services.settings.server.trusted_proxies)
    token = _bearer(request) if route.auth != "none" else None
    if token is None and route.auth == "required":
        raise Unauthorized("no token")
    viewer: Viewer | None = None
    if token is not None and services.authenticator is not None:
        viewer = await _authenticate(request, services.authenticator, token)
        request.identify(viewer)
        request.scope.setdefault("state", {})["account_id"] = viewer.id if viewer else None
    ask = request.ahead = route.ahead(request) if route.ahead is not None else None
    if route.budget != "none":
        await _charge(request, _CLASSES[route.budget], viewer, ask)


async def _authenticate(request: Request, authenticator: Authenticator, token: str) -> Viewer:
    """A token that does not count is charged to the address that sends it, as a read by nobody."""
    try:
        viewer: Viewer = await authenticator.authenticate(token)
    except (Unauthorized, NotAllowed):
        await _charge(request, RouteClass.READ, None)
        raise
    return viewer


async def _charge(
    request: Request, route_class: RouteClass, viewer: Viewer | None, ask: Ask[Any] | None = None
) -> None:
    verdict = await request.services.limiter.spend(
        route_charges(
            route_class,
            ip=request.client_ip,
            account_id=viewer.id if viewer else None,
            role=_ROLES[viewer.role] if viewer else Role.ANONYMOUS,
        ),
        ask=ask,
    )
    verdict.raise_if_refused()
    request.reply_headers += verdict.fields()


def _bearer(request: Request) -> str | None:
    header = request.header("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("not a bearer token")
    return token.strip()
