"""Searching in one conversation."""

from dataclasses import dataclass

from hubbub.messages import queries
from hubbub.messages.queries import Message
from hubbub.messages.service.messages import is_shown, load_known
from hubbub.messages.service.seats import Seat
from hubbub.platform.db import Tx
from hubbub.platform.paging import Window
from hubbub.visibility import Facts

MAX_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Findings:
    messages: list[Message]
    end: int | None
    """Where to look on; None when all was looked at."""
    facts: Facts


async def search_messages(tx: Tx, seat: Seat, wanted: str, window: Window) -> Findings:
    """Those of the next MAX_LOOKED_AT that hold the folded words, as far as the member may see them."""
    matches, end = await queries.select_matching(
        tx,
        seat.sight,
        window.after(window.position, window.limit + 1),
        wanted=wanted,
        at_most=MAX_LOOKED_AT,
    )
    if len(matches) > window.limit:
        matches = matches[: window.limit]
        end = matches[-1].id
    facts = await load_known(tx, seat.me.account_id, matches)
    kept = [message for message in matches if is_shown(message, seat.conversation, facts)]
    return Findings(kept, end, facts)
