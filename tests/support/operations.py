"""Requests for every operation of the API, by its name in the OpenAPI document."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from hubbub.app import all_routes
from hubbub.platform.http import Route
from tests.support.world import Person, World

ROUTES: dict[str, Route] = {route.operation: route for route in all_routes()}
# The id of nothing: valid, and long before the first one that is given out.
NEVER_ID = 7
NEVER_HANDLE = "nobody.was.here"


@dataclass(frozen=True)
class Call:
    """One request, without who sends it."""

    operation: str
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def route(self) -> Route:
        return ROUTES[self.operation]

    @property
    def is_write(self) -> bool:
        return self.route.method != "GET"

    async def send(self, world: World, by: Person | None) -> httpx.Response:
        more: dict[str, Any] = {} if self.body is None else {"json": self.body}
        return await world.request(
            self.route.method,
            self.route.path.format(**self.path),
            by=by,
            params=self.query or None,
            headers=self.headers,
            **more,
        )
