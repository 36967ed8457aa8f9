"""What a device was told over all of its connections, and what is wrong with it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

# What each kind of frame that is accounted for speaks of; others are hints, or follow from these.
WHAT: dict[str, Callable[[dict[str, Any]], str]] = {
    "feed": lambda data: f"post {data['post_id']}",
    "message": lambda data: f"message {data['conversation_id']} {data['id']}",
    "notification": lambda data: f"notification {data['latest_id']}",
}


class Seen(NamedTuple):
    at: float
    """In seconds since 1970."""
    type: str
    id: str
    what: str
    """The same for the same thing, whoever is told of it; "" for what is not accounted for."""
    connection: int


@dataclass
class History:
    """In the order in which its client read it."""

    name: str
    account_id: int
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    asked: str = ""
    """The id that the present connection resumed from."""

    @property
    def last(self) -> str:
        """What a client resumes from: the id of the last frame that has one."""
        return self.seen[-1].id if self.seen else ""

    def begin(self) -> str:
        """Another connection; returns where to resume."""
        self.connections += 1
        self.asked = self.last
        return self.asked

    def hear(self, text: bytes, at: float) -> None:
        """Hints have no id, and are not remembered."""
        frame = json.loads(text)
        if "id" in frame:
            what = WHAT[frame["type"]](frame["data"]) if frame["type"] in WHAT else ""
            self.seen.append(Seen(at, frame["type"], frame["id"], what, self.connections))

    def count(self, type_: str) -> int:
        return sum(1 for each in self.seen if each.type == type_)

    def has(self, what: str) -> bool:
        return any(each.what == what for each in self.seen)


def find_faults(history: History, truth: Mapping[str, float]) -> list[str]:
    """Whatever is not once, in order, or excused by a reset. `truth` says when each thing came to be."""
    return [
        f"{history.name}: {fault}"
        for fault in (
            *_disorder(history.seen),
            *_false_starts(history.seen),
            *_repetitions(history.seen),
            *_losses(history.seen, truth),
            *_inventions(history.seen, truth),
        )
    ]


def find_disagreements(histories: Iterable[History]) -> list[str]:
    """Devices of one account are told the same under the same id, in whatever connection."""
    told: dict[tuple[int, str], Seen] = {}
    faults = []
    for history in histories:
        for seen in history.seen:
            if not seen.what:
                continue
            other = told.setdefault((history.account_id, seen.id), seen)
            if other.what != seen.what:
                faults.append(f"{history.name}: {seen.id} is {seen.what}, and to others {other.what}")
    return faults


def _disorder(seen: Sequence[Seen]) -> Iterable[str]:
    """Ids rise. Only `ready` may say again where the client is, and `reset` what `ready` has just said."""
    for before, after in pairwise(seen):
        is_again = after.type in ("ready", "reset") and after.id == before.id
        if not is_again and place_of(after.id) <= place_of(before.id):
            yield f"{after.type} {after.id} after {before.id}"


def _false_starts(seen: Sequence[Seen]) -> Iterable[str]:
    """A connection begins where its client was, or says at once that it does not."""
    for number, each in enumerate(seen):
        is_first = number == 0 or seen[number - 1].connection != each.connection
        if is_first != (each.type == "ready"):
            yield f"connection {each.connection}: {each.type} {each.id} where it should not be"
        if each.type == "ready" and number and each.id != seen[number - 1].id:
            following = seen[number + 1] if number + 1 < len(seen) else None
            is_cut = following is None or following.connection != each.connection
            if not is_cut and following is not None and following.type != "reset":
                yield f"resumed from {seen[number - 1].id} at {each.id} without a reset"


def _repetitions(seen: Sequence[Seen]) -> Iterable[str]:
    """After a reset, what the client has loaded anew may be told once more."""
    known: set[str] = set()
    for each in seen:
        if each.type == "reset":
            known.clear()
        elif each.what in known:
            yield f"{each.what} again as {each.id}"
        elif each.what:
            known.add(each.what)


def _losses(seen: Sequence[Seen], truth: Mapping[str, float]) -> Iterable[str]:
    """What came to be before a reset is loaded with all the rest."""
    told = {each.what for each in seen}
    reloaded_at = max((each.at for each in seen if each.type == "reset"), default=0.0)
    for what, made_at in truth.items():
        if what not in told and made_at > reloaded_at:
            yield f"{what} of {made_at:.3f} was never told; reset last at {reloaded_at:.3f}"


def _inventions(seen: Sequence[Seen], truth: Mapping[str, float]) -> Iterable[str]:
    """Notifications that have grown since stand under another id by now, so they are left out."""
    for each in seen:
        if each.what and each.type != "notification" and each.what not in truth:
            yield f"{each.what}, which is not for this account"


def place_of(id_: str) -> tuple[int, int]:
    ms, _, number = id_.partition("-")
    return int(ms), int(number)
