"""The HTTP server: uvicorn with deadlines, bounds on what a client may hold, and strict framing."""

from hubbub.platform.server.limits import Limits
from hubbub.platform.server.runner import run_server
from hubbub.platform.server.sockets import CannotListen, bind

__all__ = ["CannotListen", "Limits", "bind", "run_server"]
