"""What a block of statements has written that others must learn of once it is committed."""

from collections.abc import Collection
from contextvars import ContextVar

ANY_CONSUMER = "*"


class Notes:
    """Of one block; the database reads them after its commit."""

    __slots__ = ("announced", "changes")

    def __init__(self) -> None:
        self.announced: set[str] = set()
        self.changes: dict[str, set[int]] = {}


_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)


def begin_notes() -> tuple[Notes | None, Notes]:
    """Those of the block around, to be given to `end_notes`, and those of the block that begins."""
    outer, notes = _notes.get(), Notes()
    _notes.set(notes)
    return outer, notes


def end_notes(outer: Notes | None) -> None:
    _notes.set(outer)


def note_announcement(consumers: Collection[str] = (ANY_CONSUMER,)) -> None:
    """Called where events are written, for `Database.after_announcing`."""
    notes = _notes.get()
    if notes is not None:
        notes.announced.update(consumers)


def note_change(topic: str, *subject_ids: int) -> None:
    """Called where rows are written, for `Database.after_changes`: these have changed when it commits."""
    notes = _notes.get()
    if notes is not None and subject_ids:
        notes.changes.setdefault(topic, set()).update(subject_ids)
