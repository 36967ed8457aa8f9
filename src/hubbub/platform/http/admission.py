"""Before a handler runs: who asks, and have they budget left?"""

from typing import Any
from urllib.parse import parse_qs

from hubbub.errors import NotAllowed, Unauthorized
from hubbub.platform.http.requests import Request, Viewer
from hubbub.platform.http.routing import Route
from hubbub.platform.rates import Role, RouteClass, client_ip, route_charges
from hubbub.platform.services import Services, TicketOffice
from hubbub.platform.valkey import Ask

# Calling an enum to look a member up is slow.
_CLASSES = {route_class.value: route_class for route_class in RouteClass}
BEARER_PROTOCOL = "bearer."
_ROLES = {role.value: role for role in Role}


async def admit(request: Request, route: Route) -> None:
    """Raises Unauthorized, NotAllowed for a suspended account, or TooMany."""
    services = request.services
    request.client_ip = client_ip(request.scope, services.settings.server.trusted_proxies)
    viewer = await _who(request, route) if route.auth != "none" else None
    ask = request.ahead = route.ahead(request) if route.ahead is not None else None
    if route.budget != "none":
        await _charge(request, _CLASSES[route.budget], viewer, ask)


async def _who(request: Request, route: Route) -> Viewer | None:
    token = _bearer(request) or _bearer_of_handshake(request)
    ticket = _ticket(request) if token is None and route.takes_ticket else None
    if token is None and ticket is None:
        if route.auth == "required":
            raise Unauthorized("no token")
        return None
    try:
        viewer = await _identify(request.services, token, ticket)
    except (Unauthorized, NotAllowed):
        # What does not count is charged to the address that sends it, as a read by nobody.
        await _charge(request, RouteClass.READ, None)
        raise
    request.identify(viewer)
    request.scope.setdefault("state", {})["account_id"] = viewer.id if viewer else None
    return viewer


async def _identify(services: Services, token: str | None, ticket: str | None) -> Viewer | None:
    viewer: Viewer | None = None
    if token is not None and services.authenticator is not None:
        viewer = await services.authenticator.authenticate(token)
    elif ticket is not None:
        office: TicketOffice = services.parts[TicketOffice]
        viewer = await office.redeem(ticket)
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


def _bearer_of_handshake(request: Request) -> str | None:
    """Browsers cannot set headers of a handshake, but they can offer protocols."""
    tokens = [
        offered.removeprefix(BEARER_PROTOCOL)
        for offered in request.scope.get("subprotocols", ())
        if offered.startswith(BEARER_PROTOCOL)
    ]
    if len(tokens) > 1 or "" in tokens:
        raise Unauthorized("not one bearer token")
    return tokens[0] if tokens else None


def _ticket(request: Request) -> str | None:
    tickets = parse_qs(request.query_string.decode("latin-1"), keep_blank_values=True).get("ticket")
    if tickets is not None and len(tickets) > 1:
        raise Unauthorized("several tickets")
    return tickets[0] if tickets else None
