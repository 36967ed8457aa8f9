"""Turns a workload into requests on the wire, and remembers what a reader's app would remember."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import urlsplit

from hubbub.bench.schedule import Weighted, Zipf
from hubbub.bench.target import Api, Call, Person
from hubbub.bench.workloads import Workload

DEEPEST_PAGE = 40
POST_SKEW = 0.6
"""Which posts are opened and liked: some far more than others."""
WORDS = ("tide", "boats", "harbour", "evening", "letters", "garden", "train", "rain", "bread", "maps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Whom and what requests can be about. Who stands first is asked, or asks, most often."""

    readers: Sequence[Person]
    accounts: Sequence[int]
    posts: Sequence[int]
    hot_post: int = 0
    """0 takes the first post."""


@dataclass(slots=True, eq=False)
class Shot:
    """One request, and when it is due."""

    due: float
    operation: str
    reader: int
    data: bytes
    is_deep: bool = False


class Mix:
    """Makes the requests of one workload for one target. Reads etags and cursors from the answers."""

    def __init__(self, api: Api, workload: Workload, ground: Ground, *, seed: int) -> None:
        self._api = api
        self._workload = workload
        self._ground = ground
        self._random = Random(seed)
        self._operations = Weighted(list(workload.weights), list(workload.weights.values()))
        self._readers = Zipf(len(ground.readers), workload.reader_skew)
        self._posts = Zipf(len(ground.posts), POST_SKEW) if ground.posts else None
        self._host = urlsplit(api.base_url).netloc
        self._etags: dict[int, str] = {}
        self._cursors: dict[int, tuple[str, int]] = {}
        self._written = 0

    def shots(self, due_times: Iterator[float]) -> Iterator[Shot]:
        return map(self.shot, due_times)

    def shot(self, due: float) -> Shot:
        random = self._random
        operation = self._operations.pick(random)
        reader = self._readers.pick(random)
        # Drawn every time, needed or not, so that what a target answers never changes who asks for what.
        subject, chance = random.random(), random.random()
        cursor, is_deep = "", False
        if operation == "home" and chance < self._workload.deep_share and reader in self._cursors:
            cursor, is_deep = self._cursors[reader][0], True
        call = self._api.request(
            operation,
            self._ground.readers[reader],
            subject=self._subject(operation, subject, chance),
            cursor=cursor,
            etag=self._etags.get(reader, "") if operation == "poll" else "",
            text=self._text() if operation in ("post", "comment") else "",
        )
        return Shot(due, operation, reader, encode(call, self._host), is_deep)

    def learn(self, shot: Shot, head: bytes, body: bytes) -> None:
        """What a reader's app keeps: the etag of the first page, and where the next one begins."""
        if not body or shot.operation not in ("home", "poll"):
            return
        if not shot.is_deep:
            etag = header(head, b"etag")
            if etag:
                self._etags[shot.reader] = etag
            if shot.reader in self._cursors:
                return
        _, page = self._cursors.pop(shot.reader, ("", 1))
        cursor = self._api.next_cursor(body)
        if cursor and page < DEEPEST_PAGE:
            self._cursors[shot.reader] = (cursor, page + 1)

    def _subject(self, operation: str, position: float, chance: float) -> int:
        ground = self._ground
        if operation in ("thread", "like", "unlike", "comment") and self._posts is not None:
            if chance < self._workload.hot_share:
                return ground.hot_post or ground.posts[0]
            return ground.posts[self._posts.at(position)]
        if operation in ("profile", "author", "follow", "unfollow"):
            return ground.accounts[int(position * len(ground.accounts))]
        return 0

    def _text(self) -> str:
        self._written += 1
        some = " ".join(self._random.choices(WORDS, k=12))
        return f"Note {self._written}: {some}."


def encode(call: Call, host: str) -> bytes:
    """The request as it goes over the wire."""
    lines = [f"{call.method} {call.path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in call.headers.items()]
    if call.body or call.method == "POST":
        lines.append(f"Content-Length: {len(call.body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + call.body


def header(head: bytes, name: bytes) -> str:
    """Value of a header in the head of an answer; empty when it is not there."""
    start = head.lower().find(b"\r\n" + name + b":")
    if start < 0:
        return ""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip().decode("latin-1")
