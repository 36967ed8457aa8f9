"""Live events: a log for each account that gives them their ids, and the sockets of this process."""

from hubbub.platform.live.frames import Frame, Told, text_frame
from hubbub.platform.live.hub import Hub, TooManyStreams
from hubbub.platform.live.log import Entry, LiveLog, Opening, Seat, is_event_id
from hubbub.platform.live.members import Member
from hubbub.platform.live.outlet import Listener, Outlet

__all__ = [
    "Entry",
    "Frame",
    "Hub",
    "Listener",
    "LiveLog",
    "Member",
    "Opening",
    "Outlet",
    "Seat",
    "Told",
    "TooManyStreams",
    "is_event_id",
    "text_frame",
]
