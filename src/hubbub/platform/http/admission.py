"""Before a handler runs: who asks, and have they budget left?

The session check and the rate budgets are asked for in the same turn of the event loop, so together
they cost one round trip to Valkey, or none for a session seen within the last second.
"""

from hubbub.errors import TooMany, Unauthorized
from hubbub.platform.http.requests import Request, Viewer
from hubbub.platform.http.routing import Route
from hubbub.platform.rates import Verdict, charges_for, client_ip


async def admit(request: Request, route: Route) -> None:
    """Raises Unauthorized, NotAllowed (suspended) or TooMany."""
    services = request.services
    request.client_ip = client_ip(request.scope, services.settings.server.trusted_proxies)
    token = _bearer(request) if route.auth != "none" else None
    if token is None and route.auth == "required":
        raise Unauthorized("no token")
    viewer: Viewer | None = None
    if token is not None:
        viewer = await services.authenticator.authenticate(token) if services.authenticator else None
        request.identify(viewer)
        request.scope["state"]["account_id"] = viewer.id if viewer else None
    if route.budget == "none":
        return
    verdict = await services.limiter.spend(
        charges_for(
            route.budget,
            account_id=viewer.id if viewer else None,
            role=viewer.role if viewer else "member",
            ip=request.client_ip,
        )
    )
    _show(request, verdict)
    if not verdict.allowed:
        raise TooMany(route.budget)


def _show(request: Request, verdict: Verdict) -> None:
    request.reply_headers += [
        (name.lower().encode(), value.encode()) for name, value in verdict.headers().items()
    ]


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("not a bearer token")
    return token.strip()
