"""The HTTP server: uvicorn with deadlines, bounds on what a client may hold, and strict framing."""

from hubbub.platform.server.garbage import calm_garbage_collection
from hubbub.platform.server.limits import Limits
from hubbub.platform.server.runner import run_server
from hubbub.platform.server.sockets import CannotListen, bind

__all__ = ["CannotListen", "Limits", "bind", "calm_garbage_collection", "run_server"]
