"""Notifications: what others did that concerns somebody, made once, grouped, and counted by a marker.

Other slices may use what is named here and nothing else.
"""

from hubbub.notifications.delivering import count_unread_of, render_groups_for
from hubbub.notifications.events import NotificationAdded, NotificationsRead
from hubbub.notifications.kinds import KINDS, Kind, KindName
from hubbub.notifications.preferences import (
    Channel,
    Channels,
    DeliveryPreferences,
    NotificationPreferences,
    QuietHours,
)
from hubbub.notifications.schemas import NotificationView
from hubbub.notifications.service import load_delivery_preferences, notify, send_notice, silence, withdraw

__all__ = [
    "KINDS",
    "Channel",
    "Channels",
    "DeliveryPreferences",
    "Kind",
    "KindName",
    "NotificationAdded",
    "NotificationPreferences",
    "NotificationView",
    "NotificationsRead",
    "QuietHours",
    "count_unread_of",
    "load_delivery_preferences",
    "notify",
    "render_groups_for",
    "send_notice",
    "silence",
    "withdraw",
]
