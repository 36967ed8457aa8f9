from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from hubbub.accounts import AccountNotFound, load_cards
from hubbub.errors import Invalid
from hubbub.messages import queries, service
from hubbub.messages.errors import (
    ConversationNotFound,
    GroupFull,
    MemberNotFound,
    NotAGroup,
    NotGroupAdmin,
)
from hubbub.messages.queries import ListedMember
from hubbub.messages.routes.writing import change_conversation, charge_contacts, write_in_turn
from hubbub.messages.schemas import ConversationView, MemberView, MuteBody, RoleChange
from hubbub.messages.shown import member_view, visible_people
from hubbub.platform.db import Tx
from hubbub.platform.http import PageQuery, Reply, Request, Routes
from hubbub.platform.paging import BadCursor, Page, Slice, Window, fill_slice
from hubbub.visibility import load_facts

routes = Routes("Messages")

FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)
OF_ADMINS = (ConversationNotFound, NotAGroup, NotGroupAdmin)


@routes.get(
    "/v1/conversations/{conversation_id}/members",
    returns=Page[MemberView],
    errors=[ConversationNotFound, BadCursor],
)
async def list_members(request: Request, conversation_id: int, query: PageQuery) -> Page[MemberView]:
    """Who is in it or asked to be, who came last first."""
    viewer_id = request.viewer.id
    window = request.window(query.cursor, query.limit)

    async def fetch(part: Window) -> list[ListedMember]:
        return await queries.select_member_page(tx, conversation_id=conversation_id, window=part)

    async def keep(found: Sequence[ListedMember]) -> list[tuple[int, ListedMember]]:
        return [(each.member.id, each) for each in found]

    async with request.db.connection() as tx:
        place = await service.require_place(tx, account_id=viewer_id, conversation_id=conversation_id)
        found = await fill_slice(window, fetch, keep, lambda each: each.member.id)
        people = [each.member.account_id for each in found.items]
        facts = await load_facts(tx, viewer_id=viewer_id, account_ids=people)
    cards = await load_cards(request.services, visible_people(facts), versions=facts.versions())
    views = [member_view(each, place, facts, cards) for each in found.items]
    return request.page(window, Slice(views, found.first, found.last))


@routes.put(
    "/v1/conversations/{conversation_id}/members/{account_id}",
    returns=ConversationView,
    budget="relation",
    errors=[*OF_ADMINS, AccountNotFound, GroupFull],
)
async def add_conversation_member(request: Request, conversation_id: int, account_id: int) -> Reply:
    """Add somebody to a group. Who does not let you, or left by themselves, is asked."""
    await charge_contacts(request, 1)

    async def verb(tx: Tx) -> None:
        await service.add_member(
            tx, account_id=request.viewer.id, conversation_id=conversation_id, member_id=account_id
        )

    return await change_conversation(request, conversation_id, verb)


@routes.patch(
    "/v1/conversations/{conversation_id}/members/{account_id}",
    returns=ConversationView,
    errors=[*OF_ADMINS, MemberNotFound, Invalid],
)
async def change_member_role(
    request: Request, conversation_id: int, account_id: int, body: RoleChange
) -> Reply:
    """Make somebody an admin, a plain member, or the owner in your place. For the owner."""

    async def verb(tx: Tx) -> None:
        await service.change_role(
            tx,
            account_id=request.viewer.id,
            conversation_id=conversation_id,
            member_id=account_id,
            role=body.role,
        )

    return await change_conversation(request, conversation_id, verb)


@routes.delete(
    "/v1/conversations/{conversation_id}/members/{account_id}", budget="relation", errors=[*OF_ADMINS]
)
async def remove_conversation_member(request: Request, conversation_id: int, account_id: int) -> Reply:
    """Remove somebody from a group, or leave it yourself."""

    async def effect(tx: Tx) -> None:
        await service.remove_member(
            tx, account_id=request.viewer.id, conversation_id=conversation_id, member_id=account_id
        )

    return await write_in_turn(request, conversation_id, effect)


@routes.post(
    "/v1/conversations/{conversation_id}/accept", returns=ConversationView, errors=[ConversationNotFound]
)
async def accept_message_request(request: Request, conversation_id: int) -> Reply:
    """Accept a request; writing to a person who asks does so too."""

    async def verb(tx: Tx) -> None:
        await service.accept_request(tx, account_id=request.viewer.id, conversation_id=conversation_id)

    return await change_conversation(request, conversation_id, verb)


@routes.post("/v1/conversations/{conversation_id}/decline", errors=[ConversationNotFound])
async def decline_message_request(request: Request, conversation_id: int) -> Reply:
    """Refuse a request. Nobody is told: to them it looks as if you had not answered."""

    async def effect(tx: Tx) -> None:
        await service.decline_request(tx, account_id=request.viewer.id, conversation_id=conversation_id)

    return await write_in_turn(request, conversation_id, effect)


@routes.put(
    "/v1/conversations/{conversation_id}/mute",
    returns=ConversationView,
    errors=[ConversationNotFound, Invalid],
)
async def mute_conversation(request: Request, conversation_id: int, body: MuteBody | None) -> Reply:
    """No push about it, and it counts as nothing new, for a while or until you end it."""
    seconds = None if body is None else body.duration_seconds
    until = FOR_GOOD if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)
    return await change_conversation(request, conversation_id, _muting(request, conversation_id, until))


@routes.delete(
    "/v1/conversations/{conversation_id}/mute", returns=ConversationView, errors=[ConversationNotFound]
)
async def unmute_conversation(request: Request, conversation_id: int) -> Reply:
    """End a mute."""
    return await change_conversation(request, conversation_id, _muting(request, conversation_id, None))


def _muting(
    request: Request, conversation_id: int, until: datetime | None
) -> Callable[[Tx], Awaitable[None]]:
    async def verb(tx: Tx) -> None:
        await queries.update_mute(
            tx, conversation_id=conversation_id, account_id=request.viewer.id, until=until
        )

    return verb
