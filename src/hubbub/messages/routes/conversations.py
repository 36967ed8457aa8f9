from collections.abc import Sequence

from hubbub.accounts import AccountNotFound, load_cards
from hubbub.errors import FieldError, Invalid
from hubbub.graph import NotYourself
from hubbub.messages import queries, service
from hubbub.messages.errors import ConversationNotFound, GroupFull, NotAGroup, NotGroupAdmin
from hubbub.messages.queries import Listed, MemberState, Preferences
from hubbub.messages.routes.writing import (
    change_conversation,
    charge_contacts,
    show_conversation,
    write_in_turn,
)
from hubbub.messages.schemas import (
    ConversationChanges,
    ConversationView,
    InboxQuery,
    Marker,
    MarkerView,
    NewConversation,
    PreferenceChanges,
    PreferencesView,
    UnreadView,
)
from hubbub.messages.service import Opened
from hubbub.messages.shown import conversation_view, load_shown, marker_view
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes, encode_reply, parse_id
from hubbub.platform.paging import BadCursor, Page, Slice, Window, fill_slice

routes = Routes("Messages")


@routes.get("/v1/conversations", returns=Page[ConversationView], errors=[BadCursor])
async def list_conversations(request: Request, query: InboxQuery) -> Page[ConversationView]:
    """Your inbox, latest activity first, or the requests that wait for you.

    Requests of people across a block, or whose accounts are away, are left out: such a page may be short.
    """
    viewer_id = request.viewer.id
    window = request.window(query.cursor, query.limit)
    state: MemberState = "requested" if query.requests else "member"

    async def fetch(part: Window) -> list[Listed]:
        return await queries.select_inbox(tx, account_id=viewer_id, state=state, window=part)

    async def keep(found: Sequence[Listed]) -> list[tuple[int, int]]:
        return [(each.activity_id, each.conversation_id) for each in found]

    async with request.db.connection() as tx:
        slice_ = await fill_slice(window, fetch, keep, lambda each: each.activity_id)
        shown = await load_shown(tx, viewer_id=viewer_id, conversation_ids=slice_.items)
    cards = await load_cards(request.services, shown.people, versions=shown.facts.versions())
    views = [conversation_view(shown, place, cards) for place in shown.places]
    if query.requests:
        views = [view for view in views if view.is_group or view.may_write]
    return request.page(window, Slice(views, slice_.first, slice_.last))


@routes.post(
    "/v1/conversations",
    returns=ConversationView,
    status=201,
    budget="message",
    is_once=True,
    errors=[AccountNotFound, NotYourself, GroupFull, Invalid],
)
async def create_conversation(request: Request, body: NewConversation) -> Reply:
    """Open the conversation with somebody, or make a group.

    Two people have one conversation, however often it is opened: 201 says that it is new, 200 that it was
    there. The other finds it once something is written.
    """
    if (body.account_id is None) == (body.account_ids is None):
        raise Invalid(errors=[FieldError("/account_id", "wrong_value", "either this or `account_ids`")])
    viewer_id = request.viewer.id
    await charge_contacts(request, 1 if body.account_ids is None else len(body.account_ids))

    async def effect(tx: Tx) -> Reply:
        opened = await _open(tx, viewer_id, body)
        view = await show_conversation(tx, request, opened.conversation_id)
        return encode_reply(view, 201 if opened.is_new else 200)

    return await request.write(effect)


async def _open(tx: Tx, viewer_id: int, body: NewConversation) -> Opened:
    if body.account_id is not None:
        return await service.open_pair(tx, account_id=viewer_id, other_id=_account(body.account_id))
    account_ids = [_account(text) for text in body.account_ids or ()]
    id_ = await service.create_group(
        tx, owner_id=viewer_id, account_ids=account_ids, name=body.name, history=body.history
    )
    return Opened(id_, is_new=True)


def read_marker(body: Marker) -> int:
    """Raises Invalid at `/up_to` for what no id could be."""
    found = parse_id(body.up_to)
    if found is None:
        raise Invalid(errors=[FieldError("/up_to", "wrong_format", "must be the id of a message")])
    return found


def _account(text: str) -> int:
    found = parse_id(text)
    if found is None:
        raise AccountNotFound(text)
    return found


@routes.get("/v1/conversations/unread", returns=UnreadView)
async def count_unread(request: Request) -> UnreadView:
    """In how many conversations something waits to be read."""
    async with request.db.connection() as tx:
        number = await queries.count_unread_conversations(tx, account_id=request.viewer.id)
    return UnreadView(conversations=number)


@routes.get("/v1/conversations/preferences", returns=PreferencesView)
async def get_message_preferences(request: Request) -> PreferencesView:
    """Who may write to you, and whether receipts are exchanged."""
    async with request.db.connection() as tx:
        return _preferences(await service.load_preferences(tx, request.viewer.id))


@routes.patch("/v1/conversations/preferences", returns=PreferencesView, errors=[Invalid])
async def update_message_preferences(request: Request, body: PreferenceChanges) -> Reply:
    """What is left out stays as it is. Conversations that were accepted stay so."""

    async def effect(tx: Tx) -> PreferencesView:
        return _preferences(
            await service.update_preferences(
                tx, request.viewer.id, who_may_write=body.who_may_write, has_receipts=body.read_receipts
            )
        )

    return await request.write(effect)


def _preferences(found: Preferences) -> PreferencesView:
    return PreferencesView(who_may_write=found.who_may_write, read_receipts=found.has_receipts)


@routes.get("/v1/conversations/{conversation_id}", returns=ConversationView, errors=[ConversationNotFound])
async def get_conversation(request: Request, conversation_id: int) -> ConversationView:
    """A conversation that you are in, or asked to be in."""
    async with request.db.connection() as tx:
        shown = await load_shown(tx, viewer_id=request.viewer.id, conversation_ids=[conversation_id])
    if not shown.places:
        raise ConversationNotFound(str(conversation_id))
    cards = await load_cards(request.services, shown.people, versions=shown.facts.versions())
    return conversation_view(shown, shown.places[0], cards)


@routes.patch(
    "/v1/conversations/{conversation_id}",
    returns=ConversationView,
    errors=[ConversationNotFound, NotAGroup, NotGroupAdmin, Invalid],
)
async def update_conversation(request: Request, conversation_id: int, body: ConversationChanges) -> Reply:
    """Rename a group, or change what newcomers see of it. For its admins."""

    async def verb(tx: Tx) -> None:
        await service.update_conversation(
            tx,
            account_id=request.viewer.id,
            conversation_id=conversation_id,
            name=body.name,
            history=body.history,
        )

    return await change_conversation(request, conversation_id, verb)


@routes.delete("/v1/conversations/{conversation_id}", errors=[ConversationNotFound])
async def leave_conversation(request: Request, conversation_id: int) -> Reply:
    """Leave a group, or clear a conversation of two, which comes back empty when the other writes again.

    Of a request it is a refusal, of which nobody is told.
    """

    async def effect(tx: Tx) -> None:
        await service.leave_conversation(tx, account_id=request.viewer.id, conversation_id=conversation_id)

    return await write_in_turn(request, conversation_id, effect)


@routes.post(
    "/v1/conversations/{conversation_id}/read",
    returns=MarkerView,
    errors=[ConversationNotFound, Invalid],
)
async def mark_read(request: Request, conversation_id: int, body: Marker) -> Reply:
    """All up to this message is read. It never goes back, so that all of your devices agree."""
    up_to = read_marker(body)

    async def effect(tx: Tx) -> MarkerView:
        place = await service.mark_read(
            tx,
            account_id=request.viewer.id,
            conversation_id=conversation_id,
            up_to=up_to,
        )
        return marker_view(place)

    return await request.write(effect)


@routes.post(
    "/v1/conversations/{conversation_id}/delivered",
    returns=MarkerView,
    errors=[ConversationNotFound, Invalid],
)
async def mark_delivered(request: Request, conversation_id: int, body: Marker) -> Reply:
    """All up to this message has reached one of your devices."""
    up_to = read_marker(body)

    async def effect(tx: Tx) -> MarkerView:
        place = await service.mark_delivered(
            tx,
            account_id=request.viewer.id,
            conversation_id=conversation_id,
            up_to=up_to,
        )
        return marker_view(place)

    return await request.write(effect)
