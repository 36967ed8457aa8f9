from hubbub.errors import Invalid
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes, show_id_time
from hubbub.platform.outgoing import UrlNotAllowed
from hubbub.platform.paging import Page
from hubbub.push import service
from hubbub.push.errors import ServiceNotConfigured, SubscriptionNotFound, TooManySubscriptions
from hubbub.push.parts import PushServices
from hubbub.push.queries import subscriptions as queries
from hubbub.push.queries.subscriptions import SubscriptionRow
from hubbub.push.schemas import NewSubscription, PushKeyView, SubscriptionChanges, SubscriptionView

routes = Routes("Push")


@routes.get("/v1/push/key", returns=PushKeyView)
async def get_push_key(request: Request) -> PushKeyView:
    """The key that browsers subscribe with, and through which services this server pushes."""
    found = request.services.part(PushServices)
    services = [service.SERVICES[type_] for type_ in found.pushers]
    return PushKeyView(public_key=await found.vapid.public_key(), services=services)


@routes.get("/v1/push/subscriptions", returns=Page[SubscriptionView])
async def list_push_subscriptions(request: Request) -> Page[SubscriptionView]:
    """Your devices that get pushes, newest first: all of them, on one page."""
    async with request.db.connection() as tx:
        rows = await queries.select_subscriptions(tx, account_id=request.viewer.id)
    return Page(tuple(_view(row, request) for row in rows), None, None)


@routes.post(
    "/v1/push/subscriptions",
    returns=SubscriptionView,
    status=201,
    errors=[Invalid, UrlNotAllowed, TooManySubscriptions, ServiceNotConfigured],
)
async def create_push_subscription(request: Request, body: NewSubscription) -> Reply:
    """Have notifications pushed to this device, until this session ends.

    May be repeated: a device that is known keeps its id and takes what is sent.
    """
    found = request.services.part(PushServices)
    target = service.read_target(body, found.rules)
    if type(target) not in found.pushers:
        raise ServiceNotConfigured(type(target).__name__)

    async def effect(tx: Tx) -> SubscriptionView:
        row = await service.subscribe(
            tx, request.services.keyring, viewer=request.viewer, target=target, body=body
        )
        return _view(row, request)

    return await request.write(effect)


@routes.patch(
    "/v1/push/subscriptions/{subscription_id}",
    returns=SubscriptionView,
    errors=[SubscriptionNotFound, Invalid],
)
async def update_push_subscription(
    request: Request, subscription_id: int, body: SubscriptionChanges
) -> Reply:
    """Change what is pushed to a device of yours, and whether texts are shown."""

    async def effect(tx: Tx) -> SubscriptionView:
        row = await service.update_subscription(
            tx, account_id=request.viewer.id, subscription_id=subscription_id, changes=body
        )
        return _view(row, request)

    return await request.write(effect)


@routes.delete("/v1/push/subscriptions/{subscription_id}", errors=[SubscriptionNotFound])
async def delete_push_subscription(request: Request, subscription_id: int) -> Reply:
    """Push nothing to this device any more."""

    async def effect(tx: Tx) -> None:
        await service.unsubscribe(tx, account_id=request.viewer.id, subscription_id=subscription_id)

    return await request.write(effect)


def _view(row: SubscriptionRow, request: Request) -> SubscriptionView:
    return SubscriptionView(
        id=str(row.id),
        service=row.service,
        session_id=str(row.session_id),
        current=row.session_id == request.viewer.session_id,
        shows_text=row.shows_text,
        alerts=None if row.alerts is None else list(row.alerts),
        created_at=show_id_time(row.id),
    )
