from typing import TypeVar

from msgspec import UNSET, UnsetType

from hubbub.errors import BadRequest
from hubbub.identity import AccountSuspended, InvalidToken
from hubbub.platform.db import Tx, note_change
from hubbub.platform.http import EventStream, Reply, Request, Routes, parse_ids
from hubbub.platform.live import Listener, Outlet, TooManyStreams, is_event_id
from hubbub.stream import queries
from hubbub.stream.client_frames import MAX_TOPICS
from hubbub.stream.gateway import Gateway
from hubbub.stream.presence import PresenceTopics
from hubbub.stream.presence_rule import select_seen
from hubbub.stream.schemas import (
    PresenceList,
    PresenceQuery,
    StreamPreferences,
    StreamPreferencesBody,
    StreamQuery,
    TicketView,
)
from hubbub.stream.tickets import TICKET_SECONDS, InvalidTicket, Tickets

routes = Routes("Stream")
T = TypeVar("T")


class BadEventId(BadRequest):
    code = "bad_event_id"
    message = "What `resume_from` or Last-Event-ID says is no id that an event could have."


class TooManyTopics(BadRequest):
    code = "too_many_topics"
    message = f"A stream has at most {MAX_TOPICS} topics."


@routes.get(
    "/v1/stream",
    returns=EventStream,
    budget="stream",
    takes_ticket=True,
    errors=[BadEventId, TooManyTopics, InvalidTicket, InvalidToken, AccountSuspended, TooManyStreams],
)
async def open_stream(request: Request, query: StreamQuery) -> EventStream:
    """Everything live over one connection: a WebSocket, or server-sent events.

    The token comes in `Authorization`, for browsers as the protocol `bearer.TOKEN` beside `hubbub.v1`, or as
    a ticket. Frames and close codes: /asyncapi.json. At most 20 streams of an account are open at a time.
    """
    after = _read_event_id(request, query)
    topics = tuple(query.topics.split(",")) if query.topics else ()
    if len(topics) > MAX_TOPICS:
        raise TooManyTopics(str(len(topics)))
    if request.method == "HEAD":
        return EventStream(_attach_nothing)
    gateway = request.services.part(Gateway)
    return EventStream(await gateway.let_in(request.viewer, after=after, topics=topics))


@routes.post("/v1/stream/tickets", returns=TicketView, status=201, budget="stream")
async def create_stream_ticket(request: Request) -> Reply | TicketView:
    """A ticket that opens one stream within 30 seconds, for where no header can be sent."""

    async def issue(_: Tx | None = None) -> TicketView:
        ticket = await request.services.part(Tickets).issue(request.viewer)
        return TicketView(ticket=ticket, expires_in=TICKET_SECONDS)

    has_key = request.header("idempotency-key") is not None
    return await (request.write(issue) if has_key else issue())


@routes.get("/v1/stream/preferences", returns=StreamPreferences)
async def get_stream_preferences(request: Request) -> StreamPreferences:
    """What you let others know of you live."""
    async with request.db.connection() as tx:
        return await queries.select_preferences(tx, request.viewer.id)


@routes.patch("/v1/stream/preferences", returns=StreamPreferences)
async def update_stream_preferences(request: Request, body: StreamPreferencesBody) -> Reply:
    """Change it. Whoever may not see it any more is told nothing from then on."""
    account_id = request.viewer.id

    async def effect(tx: Tx) -> StreamPreferences:
        note_change("presence", account_id)
        return await queries.upsert_preferences(
            tx, account_id=account_id, presence=_given(body.presence), typing=_given(body.typing)
        )

    return await request.write(effect)


@routes.get("/v1/presence", returns=PresenceList)
async def list_presence(request: Request, query: PresenceQuery) -> PresenceList:
    """Which of these accounts are connected now. Those whose presence you may not see are left out."""
    ids = parse_ids(query.ids)
    async with request.db.connection() as tx:
        seen = await select_seen(tx, viewer_id=request.viewer.id, account_ids=ids)
    shown = [id_ for id_ in ids if id_ in seen]
    return PresenceList(items=tuple(await request.services.part(PresenceTopics).load(shown)))


def _read_event_id(request: Request, query: StreamQuery) -> bytes:
    """Where to resume. A browser that comes back says by Last-Event-ID what its URL cannot know."""
    given = request.header("last-event-id") or query.resume_from
    if given and not is_event_id(given):
        raise BadEventId(given[:64])
    return given.encode()


def _given(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value


def _attach_nothing(outlet: Outlet) -> Listener:
    raise AssertionError("a HEAD request opens nothing")
