from collections.abc import Sequence

from hubbub.errors import Invalid
from hubbub.identity.errors import SessionNotFound
from hubbub.identity.queries.sessions import SessionRow
from hubbub.identity.routes.answers import write_ending
from hubbub.identity.schemas import (
    OthersQuery,
    SessionNameBody,
    SessionsQuery,
    SessionView,
    session_view,
)
from hubbub.identity.service import sessions as service
from hubbub.platform.db import Tx
from hubbub.platform.http import Reply, Request, Routes
from hubbub.platform.paging import BadCursor, Page, Window, fill_slice
from hubbub.platform.text.clean import clean_text

routes = Routes("Sessions")


@routes.get("/v1/auth/sessions", returns=Page[SessionView], errors=[BadCursor])
async def list_sessions(request: Request, query: SessionsQuery) -> Page[SessionView]:
    """The devices that are logged in, newest first."""
    viewer = request.viewer
    window = request.window(query.cursor, query.limit)
    async with request.db.connection() as tx:

        async def fetch(part: Window) -> list[SessionRow]:
            return await service.list_sessions(tx, account_id=viewer.id, window=part)

        async def keep(rows: Sequence[SessionRow]) -> list[tuple[int, SessionView]]:
            return [(row.id, session_view(row, current_id=viewer.session_id)) for row in rows]

        found = await fill_slice(window, fetch, keep, lambda row: row.id)
    return request.page(window, found)


@routes.patch("/v1/auth/sessions/{session_id}", returns=SessionView, errors=[SessionNotFound, Invalid])
async def rename_session(request: Request, session_id: int, body: SessionNameBody) -> Reply:
    """Give a device a name of your own."""
    viewer = request.viewer
    name = clean_text(body.name, max_characters=60, field="name", multiline=False, required=True)

    async def effect(tx: Tx) -> SessionView:
        row = await service.rename_session(tx, account_id=viewer.id, session_id=session_id, name=name)
        return session_view(row, current_id=viewer.session_id)

    return await request.write(effect)


@routes.delete("/v1/auth/sessions/{session_id}", errors=[SessionNotFound])
async def revoke_session(request: Request, session_id: int) -> Reply:
    """Log a device out."""
    viewer = request.viewer

    async def effect(tx: Tx, ended: list[int]) -> None:
        ended += await service.revoke_session(
            tx, account_id=viewer.id, session_id=session_id, reason="revoked"
        )

    return await write_ending(request, effect)


@routes.delete("/v1/auth/sessions")
async def revoke_other_sessions(request: Request, query: OthersQuery) -> Reply:
    """Log every other device out."""
    viewer = request.viewer

    async def effect(tx: Tx, ended: list[int]) -> None:
        ended += await service.revoke_all_sessions(
            tx, account_id=viewer.id, kept_session_id=viewer.session_id, reason="revoked"
        )

    return await write_ending(request, effect)
