"""All that one viewer's relations are, so that a page needs no statement for the people on it."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar, overload

from hubbub.platform.db import Tx
from hubbub.visibility import queries
from hubbub.visibility.facts import STRANGER, Relation

D = TypeVar("D")
FOLLOWED = Relation(follows=True)
# Of each kind. Whoever has more is asked about page by page.
MOST = 20_000


class ViewerRelations(Mapping[int, Relation]):
    """How the viewer stands to everybody: who is not found is a stranger.

    Whether others follow the viewer is left out, as no rule for reading asks for it.
    """

    __slots__ = ("_follows", "_special", "ends_at")

    def __init__(
        self, follows: "array[int]", special: dict[int, Relation], ends_at: datetime | None = None
    ) -> None:
        """`ends_at` is when the first of the mutes runs out, and all this is over."""
        self._follows = follows
        self._special = special
        self.ends_at = ends_at

    @property
    def size(self) -> int:
        """Bytes held, roughly."""
        return 8 * len(self._follows) + 200 * len(self._special)

    @property
    def number_followed(self) -> int:
        return len(self._follows)

    def follows(self, account_id: int) -> bool:
        place = bisect_left(self._follows, account_id)
        return place < len(self._follows) and self._follows[place] == account_id

    def __getitem__(self, account_id: int) -> Relation:
        found = self.get(account_id)
        if found is None:
            raise KeyError(account_id)
        return found

    @overload
    def get(self, account_id: int, /) -> Relation | None: ...
    @overload
    def get(self, account_id: int, default: Relation | D, /) -> Relation | D: ...
    def get(self, account_id: int, default: object = None, /) -> object:
        if self._special and (special := self._special.get(account_id)) is not None:
            return special
        follows = self._follows
        place = bisect_left(follows, account_id)
        return FOLLOWED if place < len(follows) and follows[place] == account_id else default

    def __iter__(self) -> Iterator[int]:
        yield from self._special
        yield from (id_ for id_ in self._follows if id_ not in self._special)

    def __len__(self) -> int:
        return sum(1 for _ in self)


NO_RELATIONS = ViewerRelations(array("q"), {})


async def load_viewer_relations(tx: Tx, viewer_id: int) -> ViewerRelations | None:
    """In one statement; None for whoever has more than MOST of one kind."""
    rows = await queries.select_viewer(tx, viewer_id=viewer_id, at=datetime.now(UTC), limit=MOST + 1)
    follows: list[int] = []
    special: dict[int, dict[str, str | bool]] = {}
    many = dict.fromkeys(("follows", "blocks", "blocked_by", "mutes"), 0)
    for kind, account_id, scope, _ in rows:
        many[kind] += 1
        if kind == "follows":
            follows.append(account_id)
        else:
            special.setdefault(account_id, {})[kind] = scope or True
    if max(many.values()) > MOST:
        return None
    held = array("q", sorted(follows))
    bare = ViewerRelations(held, {})
    return ViewerRelations(
        held,
        {
            account_id: Relation(follows=bare.follows(account_id), **fields)  # type: ignore[arg-type]
            for account_id, fields in special.items()
        },
        min((ends_at for *_, ends_at in rows if ends_at is not None), default=None),
    )


__all__ = ["FOLLOWED", "NO_RELATIONS", "STRANGER", "ViewerRelations", "load_viewer_relations"]
