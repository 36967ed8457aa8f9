"""Hubbub in memory: people, what they write and what they do to each other, without any of its code.

People are small numbers and nobody is None. A verb changes the model and returns the status of the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

PUBLIC, UNLISTED, FOLLOWERS, MENTIONED = range(4)
NAMES = ("public", "unlisted", "followers", "mentioned")

Pair = tuple[int, int]


@dataclass
class Note:
    """A post, a comment or a repost. `id` is the API's, so that newer ones have greater ones."""

    id: int
    author: int
    visibility: int = PUBLIC
    audience: set[int] = field(default_factory=set)
    parent: "Note | None" = None
    quote: "Note | None" = None
    repost_of: "Note | None" = None
    is_deleted: bool = False

    @property
    def root(self) -> "Note":
        return self.parent.root if self.parent else self

    @property
    def original(self) -> "Note":
        return self.repost_of or self


@dataclass
class Model:
    private: set[int] = field(default_factory=set)
    follows: set[Pair] = field(default_factory=set)
    requests: set[Pair] = field(default_factory=set)
    blocks: set[Pair] = field(default_factory=set)
    mutes: dict[Pair, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    likes: set[Pair] = field(default_factory=set)
    bookmarks: set[Pair] = field(default_factory=set)
    reposts: dict[Pair, Note] = field(default_factory=dict)

    # Who sees what

    def finds(self, who: int | None, whom: int) -> bool:
        return who is None or (whom, who) not in self.blocks

    def is_parted(self, one: int, other: int) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def sees(self, who: int | None, note: Note) -> bool:
        if note.is_deleted or not self._reaches(who, note):
            return False
        if note.repost_of is not None and not self.sees(who, note.repost_of):
            return False
        return note.author == who or self._reaches(who, note.root)

    def _reaches(self, who: int | None, note: Note) -> bool:
        if who is None:
            return note.visibility <= UNLISTED and note.author not in self.private
        if who == note.author:
            return True
        if self.is_parted(who, note.author):
            return False
        if who in note.audience:
            return True
        if note.visibility == FOLLOWERS or (note.author in self.private and note.visibility != MENTIONED):
            return (who, note.author) in self.follows
        return note.visibility <= UNLISTED

    def is_for_everyone(self, note: Note) -> bool:
        both = (note, note.root)
        return all(each.visibility <= UNLISTED and each.author not in self.private for each in both)

    def is_muted(self, who: int, note: Note) -> bool:
        scope = self.mutes.get((who, note.author))
        if (
            scope == "all"
            or (scope == "reposts" and note.repost_of)
            or (scope == "posts" and not note.repost_of)
        ):
            return True
        return note.repost_of is not None and self.is_muted(who, note.repost_of)

    # What pages hold

    def _top(self) -> Iterator[Note]:
        return (note for note in reversed(self.notes) if note.parent is None)

    def home(self, who: int) -> list[int]:
        """A repost is left out where its post, or another repost of it, came before."""
        entries = [
            note
            for note in self._top()
            if (note.author == who or (who, note.author) in self.follows)
            and self.sees(who, note)
            and not self.is_muted(who, note)
        ]
        first: dict[int, int] = {}
        for note in reversed(entries):
            first.setdefault((note.repost_of or note).id, note.id)
        return [note.id for note in entries if note.repost_of is None or note.id in first.values()]

    def page(self, who: int | None, author: int) -> list[int] | None:
        """None where there is no such author for `who`."""
        if not self.finds(who, author):
            return None
        return [note.id for note in self._top() if note.author == author and self.sees(who, note)]

    def counts(self, note: Note) -> dict[str, int]:
        alive = [each for each in self.notes if not each.is_deleted]
        return {
            "likes": sum(id_ == note.id for _, id_ in self.likes),
            "comments": sum(each.parent is note for each in alive),
            "reposts": sum(id_ == note.id for _, id_ in self.reposts),
            "quotes": sum(each.quote is note for each in alive),
        }

    def account_counts(self, who: int) -> dict[str, int]:
        return {
            "followers": sum(whom == who for _, whom in self.follows),
            "following": sum(by == who for by, _ in self.follows),
            "posts": sum(n.author == who and not n.is_deleted and n.repost_of is None for n in self.notes),
        }

    # Writing

    def heard_by(self, author: int, mentioned: set[int], parent: Note | None) -> set[int]:
        heard = {whom for whom in mentioned if not self.is_parted(author, whom)}
        return (heard | ({parent.author} if parent else set())) - {author}

    def goes_on(self, who: int, note: Note) -> bool:
        """Whether somebody may write below a note that they see: not where its discussion is hidden."""
        return self._reaches(who, note.root)

    def may_answer(self, who: int, note: Note) -> int:
        if not self.sees(who, note):
            return 404
        return 201 if self.goes_on(who, note.original) else 403

    def may_quote(self, who: int, note: Note) -> int:
        if not self.sees(who, note):
            return 404
        return 201 if note.original.author == who or self.is_for_everyone(note.original) else 403

    def may_change(self, who: int, note: Note) -> int:
        if note.author == who and not note.is_deleted:
            return 200
        return 403 if self.sees(who, note) else 404

    def edit(self, who: int, note: Note, visibility: int, mentioned: set[int]) -> int:
        status = self.may_change(who, note)
        if status != 200:
            return status
        if note.repost_of is not None or visibility < note.visibility:
            return 422
        note.visibility, note.audience = visibility, self.heard_by(who, mentioned, note.parent)
        return 200

    def delete(self, who: int, note: Note) -> int:
        status = self.may_change(who, note)
        if status != 200:
            return status
        note.is_deleted = True
        if note.repost_of is not None:
            self.reposts.pop((who, note.repost_of.id), None)
        return 204

    # Reacting

    def react(self, kind: str, who: int, note: Note, *, is_on: bool) -> int:
        """`kind` is likes or bookmarks."""
        if not self.sees(who, note):
            return 404
        found: set[Pair] = getattr(self, kind)
        (found.add if is_on else found.discard)((who, note.original.id))
        return 200

    def may_repost(self, who: int, note: Note) -> int:
        status = self.may_quote(who, note)
        return 200 if status == 201 else status

    def unrepost(self, who: int, note: Note) -> int:
        if not self.sees(who, note):
            return 404
        repost = self.reposts.pop((who, note.original.id), None)
        if repost is not None:
            repost.is_deleted = True
        return 200
