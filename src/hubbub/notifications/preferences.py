"""What an account wants to be told, by which channel, by whom, and when not."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from hubbub.errors import FieldError, Invalid
from hubbub.notifications.kinds import Kind
from hubbub.platform.http import Body, View
from hubbub.platform.ids import id_time
from hubbub.visibility import Relation

Channel = Literal["in_app", "web_push", "mobile_push", "mail"]
Rule = Literal["accept", "filter", "drop"]
ClockTime = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5, examples=["22:30"])]
ZoneName = Annotated[str, Meta(min_length=1, max_length=50, examples=["Europe/Berlin"])]
NEW_ACCOUNT = timedelta(days=7)
# What the account asked for itself, or has to know, is never kept from it for being a stranger's.
OUTSIDE_POLICY = frozenset(
    {Kind.FOLLOW_REQUEST, Kind.FOLLOW_ACCEPTED, Kind.POST, Kind.MODERATION, Kind.POLL_ENDED}
)


class Channels(View, frozen=True, kw_only=True):
    in_app: bool = True
    web_push: bool = True
    mobile_push: bool = True
    mail: bool = False


ALL_CHANNELS = Channels(mail=True)


class KindChannels(View, frozen=True, kw_only=True):
    """For each kind the channels by which it is told."""

    like: Channels = Channels()
    comment: Channels = Channels()
    mention: Channels = Channels()
    repost: Channels = Channels()
    quote: Channels = Channels()
    follow: Channels = Channels()
    follow_request: Channels = Channels()
    follow_accepted: Channels = Channels()
    post: Channels = Channels()
    message_request: Channels = Channels()
    moderation: Channels = ALL_CHANNELS
    poll_ended: Channels = Channels()


class Policy(View, frozen=True, kw_only=True):
    """What becomes of notifications by people whom you do not follow, who do not follow you, or who joined
    less than seven days ago: accept them, filter them into a list of their own, or drop them. Of several
    that apply the strictest counts.
    """

    not_following: Rule = "accept"
    not_followers: Rule = "accept"
    new_accounts: Rule = "accept"


class QuietHours(View, frozen=True, kw_only=True):
    """Nothing is pushed from then to then, by the clock of the time zone; the list shows it all the same."""

    from_: ClockTime = field(name="from")
    to: ClockTime
    timezone: ZoneName = "UTC"

    def hold(self, at: datetime) -> bool:
        """Whether it is quiet at that moment. From and to alike means never."""
        now = at.astimezone(_zone(self.timezone)).time().replace(second=0, microsecond=0)
        begins, ends = time.fromisoformat(self.from_), time.fromisoformat(self.to)
        return begins <= now < ends if begins <= ends else now >= begins or now < ends


class NotificationPreferences(View, frozen=True, kw_only=True):
    kinds: KindChannels = KindChannels()
    policy: Policy = Policy()
    quiet_hours: QuietHours | None = None


class ChannelsBody(Body, frozen=True, kw_only=True):
    in_app: bool | UnsetType = UNSET
    web_push: bool | UnsetType = UNSET
    mobile_push: bool | UnsetType = UNSET
    mail: bool | UnsetType = UNSET


class KindChannelsBody(Body, frozen=True, kw_only=True):
    like: ChannelsBody | UnsetType = UNSET
    comment: ChannelsBody | UnsetType = UNSET
    mention: ChannelsBody | UnsetType = UNSET
    repost: ChannelsBody | UnsetType = UNSET
    quote: ChannelsBody | UnsetType = UNSET
    follow: ChannelsBody | UnsetType = UNSET
    follow_request: ChannelsBody | UnsetType = UNSET
    follow_accepted: ChannelsBody | UnsetType = UNSET
    post: ChannelsBody | UnsetType = UNSET
    message_request: ChannelsBody | UnsetType = UNSET
    moderation: ChannelsBody | UnsetType = UNSET
    poll_ended: ChannelsBody | UnsetType = UNSET


class PolicyBody(Body, frozen=True, kw_only=True):
    not_following: Rule | UnsetType = UNSET
    not_followers: Rule | UnsetType = UNSET
    new_accounts: Rule | UnsetType = UNSET


class QuietHoursBody(Body, frozen=True, kw_only=True):
    from_: ClockTime = field(name="from")
    to: ClockTime
    timezone: ZoneName = "UTC"


class NotificationPreferencesBody(Body, frozen=True, kw_only=True):
    """What is left out stays as it is; null ends quiet hours."""

    kinds: KindChannelsBody | UnsetType = UNSET
    policy: PolicyBody | UnsetType = UNSET
    quiet_hours: QuietHoursBody | UnsetType | None = UNSET


DEFAULTS = NotificationPreferences()
_STRICTNESS: dict[Rule, int] = {"accept": 0, "filter": 1, "drop": 2}
_decode = msgspec.json.Decoder(NotificationPreferences).decode


@dataclass(frozen=True, slots=True)
class DeliveryPreferences:
    """By which channels an account is told of what, and when it is not to be disturbed."""

    preferences: NotificationPreferences = DEFAULTS

    def channels(self, kind: str) -> set[Channel]:
        wanted = channels_of(self.preferences, kind)
        names: tuple[Channel, ...] = ("in_app", "web_push", "mobile_push", "mail")
        return {name for name in names if getattr(wanted, name)}

    def is_quiet(self, at: datetime) -> bool:
        quiet = self.preferences.quiet_hours
        return quiet is not None and quiet.hold(at)


def read_preferences(body: str | None) -> NotificationPreferences:
    return _decode(body) if body else DEFAULTS


def write_preferences(preferences: NotificationPreferences) -> str:
    return msgspec.json.encode(preferences).decode()


def channels_of(preferences: NotificationPreferences, kind: str) -> Channels:
    found: Channels = getattr(preferences.kinds, kind)
    return found


def merge(
    preferences: NotificationPreferences, changes: NotificationPreferencesBody
) -> NotificationPreferences:
    """Raises Invalid for a time zone that there is not."""
    quiet = changes.quiet_hours
    if isinstance(quiet, QuietHoursBody) and not _is_zone(quiet.timezone):
        raise Invalid(errors=[FieldError("/quiet_hours/timezone", "unknown", "is no time zone")])
    whole = msgspec.to_builtins(preferences)
    _lay_over(whole, msgspec.to_builtins(changes))
    return msgspec.convert(whole, NotificationPreferences)


def judge_stranger(policy: Policy, kind: Kind, actor_id: int, relation: Relation) -> Rule:
    """The strictest of the rules that the actor falls under."""
    if kind in OUTSIDE_POLICY:
        return "accept"
    rules: Iterable[tuple[bool, Rule]] = (
        (not relation.follows, policy.not_following),
        (not relation.followed_by, policy.not_followers),
        (datetime.now(UTC) - id_time(actor_id) < NEW_ACCOUNT, policy.new_accounts),
    )
    return max((rule for applies, rule in rules if applies), key=_STRICTNESS.__getitem__, default="accept")


def read_all(account_ids: Collection[int], bodies: Mapping[int, str]) -> dict[int, NotificationPreferences]:
    return {account_id: read_preferences(bodies.get(account_id)) for account_id in account_ids}


def _lay_over(whole: dict[str, object], changes: dict[str, object]) -> None:
    for name, value in changes.items():
        inner = whole.get(name)
        if isinstance(value, dict) and isinstance(inner, dict):
            _lay_over(inner, value)
        else:
            whole[name] = value


def _is_zone(name: str) -> bool:
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    """Without what each machine means something else by."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _zone(name: str) -> tzinfo:
    """UTC for one that this machine does not know, though the one that took it did."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
