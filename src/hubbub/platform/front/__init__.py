"""The outermost layer of the HTTP process: what every request meets before any route does."""

from hubbub.platform.front.bodies import Overloaded, RouteRule
from hubbub.platform.front.front import Front

__all__ = ["Front", "Overloaded", "RouteRule"]
