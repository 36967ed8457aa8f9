"""The WebSocket protocol that a connection becomes after its handshake."""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from hubbub.platform.server.guard import Guard


class WebSocket(WebSocketsSansIOProtocol):
    """Stays counted by the guard until it closes."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        guard: Guard,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._guard = guard

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.release(self.client[0] if self.client else "")
        super().connection_lost(exc)
