from dataclasses import replace

from msgspec import UNSET

from hubbub.accounts import lock_account
from hubbub.errors import Invalid
from hubbub.platform.db import Tx
from hubbub.platform.http import Viewer
from hubbub.platform.ids import new_id
from hubbub.platform.outgoing import UrlNotAllowed, UrlRules
from hubbub.platform.secrets import Keyring
from hubbub.platform.text.refusals import refusal
from hubbub.push.errors import SubscriptionNotFound, TooManySubscriptions
from hubbub.push.queries import subscriptions as queries
from hubbub.push.queries.subscriptions import Service, SubscriptionRow
from hubbub.push.schemas import NewSubscription, SubscriptionChanges, WebSubscription
from hubbub.push.targets import (
    ApnsTarget,
    FcmTarget,
    Target,
    WebTarget,
    apns_target,
    fcm_target,
    hash_of_target,
    seal_target,
    web_target,
)

MAX_SUBSCRIPTIONS = 20
SERVICES: dict[type[Target], Service] = {WebTarget: "web", FcmTarget: "fcm", ApnsTarget: "apns"}


def read_target(body: NewSubscription, rules: UrlRules) -> Target:
    """Where the device wants its pushes. Raises Invalid, UrlNotAllowed."""
    if sum(each is not None for each in (body.web, body.fcm, body.apns)) != 1:
        raise Invalid("none or several of web, fcm and apns")
    if body.web is not None:
        return _read_web(body.web, rules)
    try:
        if body.fcm is not None:
            return fcm_target(body.fcm.token)
        assert body.apns is not None  # noqa: S101 - one of the three is there
        return apns_target(body.apns.token, is_sandbox=body.apns.environment == "sandbox")
    except ValueError:
        name = "fcm" if body.fcm is not None else "apns"
        raise refusal(f"{name}/token", "wrong_format", "is no device token") from None


async def subscribe(
    tx: Tx, keyring: Keyring, *, viewer: Viewer, target: Target, body: NewSubscription
) -> SubscriptionRow:
    """A device for as long as the viewer's session lasts. May be repeated: one that is known is changed.

    Raises TooManySubscriptions.
    """
    target_hash = hash_of_target(keyring, target)
    await lock_account(tx, viewer.id)
    others = await queries.count_other_subscriptions(tx, account_id=viewer.id, target_hash=target_hash)
    if others >= MAX_SUBSCRIPTIONS:
        raise TooManySubscriptions(str(viewer.id))
    new = SubscriptionRow(
        id=new_id(),
        session_id=viewer.session_id,
        service=SERVICES[type(target)],
        sealed_target=seal_target(keyring, target),
        shows_text=body.shows_text,
        alerts=_clean_alerts(body.alerts),
        failures=0,
    )
    return await queries.upsert_subscription(tx, new, account_id=viewer.id, target_hash=target_hash)


async def update_subscription(
    tx: Tx, *, account_id: int, subscription_id: int, changes: SubscriptionChanges
) -> SubscriptionRow:
    """Raises SubscriptionNotFound."""
    found = await queries.select_subscription_for_update(
        tx, account_id=account_id, subscription_id=subscription_id
    )
    if found is None:
        raise SubscriptionNotFound(f"{subscription_id} of {account_id}")
    changed = replace(
        found,
        shows_text=found.shows_text if changes.shows_text is UNSET else changes.shows_text,
        alerts=found.alerts if changes.alerts is UNSET else _clean_alerts(changes.alerts),
    )
    await queries.update_subscription(tx, changed, account_id=account_id)
    return changed


async def unsubscribe(tx: Tx, *, account_id: int, subscription_id: int) -> None:
    """With all that waits for it. Raises SubscriptionNotFound."""
    if not await queries.delete_subscription(tx, account_id=account_id, subscription_id=subscription_id):
        raise SubscriptionNotFound(f"{subscription_id} of {account_id}")


def _read_web(given: WebSubscription, rules: UrlRules) -> WebTarget:
    try:
        rules.read(given.endpoint)
    except UrlNotAllowed as error:
        errors = refusal("web/endpoint", "url_not_allowed", UrlNotAllowed.message).errors
        raise UrlNotAllowed(error.detail, errors=errors) from None
    try:
        return web_target(endpoint=given.endpoint, p256dh=given.keys.p256dh, auth=given.keys.auth)
    except ValueError:
        said = "are not the keys of a browser's subscription"
        raise refusal("web/keys", "wrong_format", said) from None


def _clean_alerts(alerts: list[str] | None) -> list[str] | None:
    return None if alerts is None else sorted(set(alerts))
