"""Live events: a log for each account that gives them their ids, and the sockets of this process."""

from hubbub.platform.live.frames import Frame, Told, text_frame
from hubbub.platform.live.outlet import Listener, Outlet

__all__ = ["Frame", "Listener", "Outlet", "Told", "text_frame"]
