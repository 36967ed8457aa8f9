"""Composition root of the HTTP process: the one place where its parts are wired together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from hubbub import slices
from hubbub.platform.changes import Changes
from hubbub.platform.db import open_database
from hubbub.platform.front import Front, RouteRule
from hubbub.platform.http import ApiDocument, Application, Route, Router, describe
from hubbub.platform.leases import leased_worker_number
from hubbub.platform.live import LiveLog
from hubbub.platform.outbox import Waker
from hubbub.platform.paging import Cursors
from hubbub.platform.rates import RateLimiter
from hubbub.platform.secrets import Keyring
from hubbub.platform.services import Services
from hubbub.platform.telemetry import REGISTRY, AccessLog
from hubbub.platform.telemetry.health import HealthProbe
from hubbub.platform.valkey import open_valkey
from hubbub.settings import Settings
from hubbub.system.version import VERSION

# Strangers call these, and have little to say: what they send is decoded before anything is known of them.
RULES = (RouteRule("/v1/auth/", max_body_bytes=16 * 1024),)


def all_routes() -> list[Route]:
    """Every operation of the API, in the order of the OpenAPI document."""
    return [route for routes in slices.ROUTES for route in routes.found]


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open what a process needs and close it again. The URLs of both engines must be set."""
    db = await open_database(
        settings.database.url,
        pool_size=settings.database.pool_size,
        deadline_seconds=settings.database.deadline_seconds,
    )
    valkey = await open_valkey(settings.valkey.url, deadline_seconds=settings.valkey.deadline_seconds)
    keyring = Keyring(settings.identity.secret_key)
    services = Services(
        settings=settings,
        db=db,
        valkey=valkey,
        limiter=RateLimiter(valkey, settings.rate_factor, registry=REGISTRY),
        keyring=keyring,
        cursors=Cursors(keyring),
        public_url=settings.server.public_url.rstrip("/")
        or f"http://{settings.server.host}:{settings.server.port}",
        changes=Changes(valkey),
    )
    services.add(HealthProbe(db, valkey))
    services.add(LiveLog(valkey))
    db.after_announcing = Waker(valkey.publish)
    db.after_changes = services.changes.spread
    try:
        async with leased_worker_number(db):
            for start in slices.STARTERS:
                await start(services)
            await services.changes.start()
            yield services
    finally:
        for close in reversed(services.closers):
            await close()
        await services.changes.close()
        await valkey.close()
        await db.close()


def build_front(services: Services, access_log: AccessLog | None = None) -> Front:
    """What is served: the application behind its limits, headers, logs and metrics."""
    return Front(build_app(services), services.settings.server, rules=RULES, access_log=access_log)


def build_app(services: Services) -> Application:
    routes = all_routes()
    document = describe(routes, version=VERSION, public_url=services.public_url)
    services.add(ApiDocument(msgspec.json.encode(document)))
    return Application(Router(routes), services)
