"""All that one viewer's relations are, so that a page needs no statement for the people on it."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar, overload

from hubbub.platform.db import Tx
from hubbub.visibility import queries
from hubbub.visibility.facts import STRANGER, Relation

D = TypeVar("D")
FOLLOWED = Relation(follows=True)
# Of each kind. Whoever has more is asked about page by page.
MOST = 20_000
# Of followers and of requests either way: popular accounts are not made to hold all who follow them.
MOST_TO_VIEWER = 1_000


class Standing(NamedTuple):
    """Of the viewer to somebody between whom there is neither block nor mute."""

    following: bool
    followed_by: bool
    requested: bool
    requested_by: bool


class ViewerRelations(Mapping[int, Relation]):
    """How the viewer stands to everybody: who is not found is a stranger.

    Whether others follow the viewer is not part of it, as no rule for reading asks for it; see `standing`.
    """

    __slots__ = ("_follows", "_others", "_special", "ends_at")

    def __init__(
        self,
        follows: "array[int]",
        special: dict[int, Relation],
        ends_at: datetime | None = None,
        others: "tuple[array[int], array[int], array[int]] | None" = None,
    ) -> None:
        """`ends_at` is when the first of the mutes runs out, and all this is over.

        `others` are followers, whom the viewer asked, and who asked the viewer; None when there are many.
        """
        self._follows = follows
        self._special = special
        self._others = others
        self.ends_at = ends_at

    @property
    def size(self) -> int:
        """Bytes held, roughly."""
        others = sum(map(len, self._others)) if self._others is not None else 0
        return 8 * (len(self._follows) + others) + 200 * len(self._special)

    @property
    def number_followed(self) -> int:
        return len(self._follows)

    def follows(self, account_id: int) -> bool:
        return _holds(self._follows, account_id)

    def standing(self, account_id: int) -> Standing | None:
        """None when it takes more than what is held here to tell."""
        if self._others is None or account_id in self._special:
            return None
        return Standing(self.follows(account_id), *(_holds(ids, account_id) for ids in self._others))

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
    rows = await queries.select_viewer(
        tx,
        viewer_id=viewer_id,
        at=datetime.now(UTC),
        limit=MOST + 1,
        limit_to_viewer=MOST_TO_VIEWER + 1,
    )
    follows: list[int] = []
    others: dict[str, list[int]] = {"followed_by": [], "requested": [], "requested_by": []}
    special: dict[int, dict[str, str | bool]] = {}
    many = dict.fromkeys(("follows", "blocks", "blocked_by", "mutes"), 0)
    for kind, account_id, scope, _ in rows:
        if kind in others:
            others[kind].append(account_id)
            continue
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
        _few(others),
    )


def _few(others: dict[str, list[int]]) -> "tuple[array[int], array[int], array[int]] | None":
    if max(map(len, others.values())) > MOST_TO_VIEWER:
        return None
    by, asked, asking = (array("q", sorted(ids)) for ids in others.values())
    return by, asked, asking


def _holds(ids: "array[int]", id_: int) -> bool:
    place = bisect_left(ids, id_)
    return place < len(ids) and ids[place] == id_


__all__ = ["FOLLOWED", "NO_RELATIONS", "STRANGER", "ViewerRelations", "load_viewer_relations"]
