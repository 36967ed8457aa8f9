from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from hubbub.platform.http import Body, Id, Time, View

Key = Annotated[str, Meta(max_length=200)]
ShowsText = Annotated[
    bool,
    Meta(
        description="Whether names and the beginnings of texts are in the push. Without it a push says what"
        " happened and has ids, by which the app finds the rest."
    ),
]
# Kinds are added over time, so an app's newer ones are taken, and those of older servers are no error.
Alert = Annotated[str, Meta(pattern="^[a-z_]+$", max_length=40)]
Alerts = Annotated[
    list[Alert],
    Meta(max_length=40, description="Kinds of notifications that are pushed to this device, `message` too."),
]


class WebKeys(Body, frozen=True, kw_only=True):
    p256dh: Key
    auth: Key


class WebSubscription(Body, frozen=True, kw_only=True, rename={"expiration_time": "expirationTime"}):
    """What `PushSubscription.toJSON()` gives in a browser."""

    endpoint: Annotated[str, Meta(max_length=2000)]
    keys: WebKeys
    expiration_time: float | None = None


class FcmSubscription(Body, frozen=True, kw_only=True):
    token: Annotated[str, Meta(max_length=4096)]


class ApnsSubscription(Body, frozen=True, kw_only=True):
    token: Annotated[str, Meta(max_length=200)]
    environment: Literal["production", "sandbox"] = "production"


class NewSubscription(Body, frozen=True, kw_only=True):
    """One of `web`, `fcm` and `apns`."""

    web: WebSubscription | None = None
    fcm: FcmSubscription | None = None
    apns: ApnsSubscription | None = None
    shows_text: ShowsText = False
    alerts: Alerts | None = None


class SubscriptionChanges(Body, frozen=True, kw_only=True):
    """What is left out stays as it is; `alerts` null asks for all kinds."""

    shows_text: ShowsText | UnsetType = UNSET
    alerts: Alerts | UnsetType | None = UNSET


class SubscriptionView(View, frozen=True, kw_only=True):
    """A device of yours. Its endpoint and keys are told to nobody."""

    id: Id
    service: Literal["web", "fcm", "apns"]
    session_id: Id
    current: Annotated[bool, Meta(description="Whether it belongs to the session that asks.")]
    shows_text: ShowsText
    alerts: Alerts | None
    created_at: Time


class PushKeyView(View, frozen=True, kw_only=True):
    """What devices subscribe with."""

    public_key: Annotated[
        str, Meta(max_length=100, description="`applicationServerKey` of browsers, base64url.")
    ]
    services: Annotated[
        list[Literal["web", "fcm", "apns"]],
        Meta(max_length=3, description="Push services that this server sends through."),
    ]


class MailPreferencesView(View, frozen=True, kw_only=True):
    """Mails about what happened; those about your account itself always come."""

    events: Annotated[
        bool, Meta(description="Whether kinds of notifications whose mail channel is on are mailed.")
    ]
    digest: Annotated[
        Literal["off", "daily", "weekly"], Meta(description="How often to mail how many unread ones wait.")
    ]


class MailPreferencesChanges(Body, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    events: bool | UnsetType = UNSET
    digest: Literal["off", "daily", "weekly"] | UnsetType = UNSET
