"""What one viewer did to posts, as far back as matters, so that a page needs no statement for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hubbub.platform.db import Tx
from hubbub.reactions import state_queries as queries
from hubbub.reactions.states import NO_REACTION, ReactionState, read_states
from hubbub.reactions.votes import VOTE

# Newest of each kind that are kept; older posts are asked about.
MOST = 500
# How far the clocks of processes may be apart, in the unit of ids (milliseconds shifted by 22 bits).
SKEW = 60_000 << 22


@dataclass(slots=True)
class ViewerReactions:
    """Complete for posts whose ids are above `floor`, and for those in `asked`."""

    states: dict[int, ReactionState]
    floor: int
    asked: set[int] = field(default_factory=set)

    @property
    def size(self) -> int:
        """Bytes held, roughly."""
        return 150 * len(self.states) + 60 * len(self.asked)

    def state(self, post_id: int) -> ReactionState:
        return self.states.get(post_id, NO_REACTION)

    def unknown(self, post_ids: Iterable[int]) -> list[int]:
        """Those that must be asked about."""
        return [id_ for id_ in post_ids if id_ <= self.floor and id_ not in self.asked]

    async def learn(self, tx: Tx, *, viewer_id: int, post_ids: list[int]) -> None:
        rows = await queries.select_states(tx, viewer_id=viewer_id, post_ids=post_ids)
        self.states |= read_states(rows)
        self.asked.update(post_ids)


async def load_viewer_reactions(tx: Tx, viewer_id: int) -> ViewerReactions:
    """In one statement.

    A reaction is younger than its post. So with all reactions after some moment at hand, a post that was
    made after it and is not among them has none.
    """
    rows = await queries.select_newest_states(tx, viewer_id=viewer_id, limit=MOST)
    many: dict[int, list[int]] = {}
    for _, kind, id_ in rows:
        many.setdefault(min(kind, VOTE), []).append(id_)
    floor = max((min(ids) + SKEW for ids in many.values() if len(ids) >= MOST), default=0)
    return ViewerReactions(read_states((post_id, kind) for post_id, kind, _ in rows), floor)
