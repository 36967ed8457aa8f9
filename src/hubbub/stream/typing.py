"""Tells the members of a conversation that somebody types, now and then and without keeping it."""

import time

import msgspec

from hubbub.messages import ConversationNotFound, load_typing_audience
from hubbub.platform.http import parse_id
from hubbub.platform.live import LiveLog, Told
from hubbub.platform.services import Services
from hubbub.stream import queries
from hubbub.stream.server_frames import SomebodyTypes

# However often a client says so.
PAUSE_SECONDS = 3.0
MOST_REMEMBERED = 10_000
_encode = msgspec.json.Encoder().encode


class TypingHints:
    """One per process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told_at: dict[tuple[int, int], float] = {}

    async def tell(self, account_id: int, conversation_id: str) -> bool:
        """False for who is in no such conversation. Raises Unavailable."""
        id_ = parse_id(conversation_id)
        if id_ is None:
            return False
        if not self._may_tell(account_id, id_):
            return True
        try:
            async with self._services.db.connection() as tx:
                others = await load_typing_audience(tx, account_id=account_id, conversation_id=id_)
                preferences = await queries.select_preferences(tx, account_id)
        except ConversationNotFound:
            return False
        if preferences.typing:
            data = _encode(SomebodyTypes(conversation_id=str(id_), account_id=str(account_id)))
            told = [Told(other, "typing", data, about=(account_id,), is_kept=False) for other in others]
            await self._services.part(LiveLog).tell(told)
        return True

    def _may_tell(self, account_id: int, conversation_id: int) -> bool:
        now, key = time.monotonic(), (account_id, conversation_id)
        if now - self._told_at.get(key, float("-inf")) < PAUSE_SECONDS:
            return False
        if len(self._told_at) >= MOST_REMEMBERED:
            self._told_at = {key: at for key, at in self._told_at.items() if now - at < PAUSE_SECONDS}
        self._told_at[key] = now
        return True
