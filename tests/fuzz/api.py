"""The API as generated requests meet it: signed in, with a scene around."""

from typing import Any

import schemathesis

from hubbub.app import build_front
from tests.fuzz.gateway import Gateway, Loop
from tests.fuzz.scene import log_in, make_scene
from tests.support.world import World

# After these the token opens nothing any more.
ENDING = {"logout", "revokeSession", "revokeOtherSessions", "changePassword", "deleteMe", "deactivateMe"}


class Api:
    def __init__(self, loop: Loop, world: World, gateway: Gateway) -> None:
        self._loop = loop
        self._world = world
        self._person, names = loop.run(make_scene(world))
        self._token = self._person.token
        gateway.lead_to(build_front(world.services), loop, names)

    def check(self, case: schemathesis.Case[Any]) -> None:
        """Send one generated request and hold the answer against the document."""
        operation: dict[str, Any] = case.operation.definition.raw
        if operation["operationId"] in ENDING:
            self._token = self._loop.run(log_in(self._world, self._person.id))
        case.call_and_validate(headers={"Authorization": f"Bearer {self._token}"})
