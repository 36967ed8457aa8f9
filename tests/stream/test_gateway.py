"""What happens between the answer to a handshake and the connection standing."""

import asyncio

from hubbub.identity import Identity
from hubbub.platform.http import Viewer
from hubbub.platform.live import Frame, LiveLog
from hubbub.stream.gateway import Gateway
from tests.stream.support import until
from tests.support.world import Person, World


class Sink:
    """A connection that keeps what it is written."""

    is_event_stream = False
    unsent_bytes = 0

    def __init__(self) -> None:
        self.sent: list[Frame] = []
        self.code = 0

    def send(self, frame: Frame) -> None:
        self.sent.append(frame)

    def close(self, code: int, reason: str = "") -> None:
        self.code = code


async def viewer_of(world: World, person: Person) -> Viewer:
    authenticator = world.services.authenticator
    assert authenticator is not None
    viewer: Viewer = await authenticator.authenticate(person.token)
    return viewer


async def test_a_session_that_ended_meanwhile_is_told_nothing(world: World, ada: Person) -> None:
    attach = await world.services.part(Gateway).let_in(await viewer_of(world, ada))
    (await world.post("/v1/auth/logout", by=ada)).raise_for_status()

    sink = Sink()
    attach(sink)

    assert (sink.code, sink.sent) == (4010, [])
    log = world.services.part(LiveLog)
    await until_away(log, ada)


async def test_a_suspension_that_came_meanwhile_is_looked_up(world: World, ada: Person) -> None:
    attach = await world.services.part(Gateway).let_in(await viewer_of(world, ada))
    await world.set_state(ada, "suspended")
    await world.services.part(Identity).states.changed([ada.session_id])

    sink = Sink()
    attach(sink)

    await until(lambda: sink.code == 4003)


async def test_a_client_that_is_gone_gives_its_seat_back(world: World, ada: Person) -> None:
    attach = await world.services.part(Gateway).let_in(await viewer_of(world, ada))
    log = world.services.part(LiveLog)
    assert await log.connected([ada.id]) == {ada.id}

    attach(Sink()).closed(1006)

    await until_away(log, ada)


async def until_away(log: LiveLog, person: Person) -> None:
    async with asyncio.timeout(5):
        while await log.connected([person.id]):  # noqa: ASYNC110 - Valkey has no event for it
            await asyncio.sleep(0.01)
