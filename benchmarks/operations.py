"""What is measured: the requests that ask for each operation, none twice where that would change it."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle

import msgspec

from benchmarks.driver import request
from benchmarks.scene import PASSWORD, Person, Scene


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    requests: Iterator[bytes]
    status: int = 200
    is_write: bool = False
    """Then the worker's share is waited for and counted too."""
    connections: int = 16


def operations(scene: Scene) -> list[Operation]:
    """In the order in which they run; taking back follows what it takes back."""
    likes, follows = _Pairs(_likes(scene)), _Pairs(_follows(scene))
    return [
        Operation("profile, anonymous", _profiles(scene, signed_in=False)),
        Operation("profile, signed in", _profiles(scene, signed_in=True)),
        Operation("post", _read(scene, "/v1/posts/{}", scene.post_ids)),
        Operation("post page, 20 comments", _read(scene, "/v1/posts/{}/thread", scene.discussed_ids)),
        Operation("home page, 20 posts", _read(scene, "/v1/feeds/home", [0])),
        Operation("public page, 20 posts", _read(scene, "/v1/feeds/public", [0])),
        Operation("create post", _posts(scene), status=201, is_write=True),
        Operation("like", likes.do("PUT", "/v1/posts/{}/like"), is_write=True),
        Operation("unlike", likes.undo("DELETE", "/v1/posts/{}/like"), is_write=True),
        Operation("follow", follows.do("PUT", "/v1/accounts/{}/follow"), is_write=True),
        Operation("unfollow", follows.undo("DELETE", "/v1/accounts/{}/follow"), is_write=True),
        Operation("login", _logins(scene), connections=2),
    ]


class _Pairs:
    """Who did what to whom, so that it can be undone once."""

    def __init__(self, pairs: Iterator[tuple[Person, int]]) -> None:
        self._pairs = pairs
        self._done: deque[tuple[Person, int]] = deque()

    def do(self, method: str, path: str) -> Iterator[bytes]:
        for pair in self._pairs:
            self._done.append(pair)
            yield _by(pair, method, path)

    def undo(self, method: str, path: str) -> Iterator[bytes]:
        return _Drain(self._done, lambda pair: _by(pair, method, path))


class _Drain(Iterator[bytes]):
    """Unlike a generator it may go on after it has run out."""

    def __init__(self, pairs: deque[tuple[Person, int]], make: Callable[[tuple[Person, int]], bytes]) -> None:
        self._pairs = pairs
        self._make = make

    def __next__(self) -> bytes:
        if not self._pairs:
            raise StopIteration
        return self._make(self._pairs.popleft())


def _by(pair: tuple[Person, int], method: str, path: str) -> bytes:
    person, target = pair
    return request(method, path.format(target), token=person.token)


def _likes(scene: Scene) -> Iterator[tuple[Person, int]]:
    """Spread over posts: no two at once on one post."""
    for turn in range(len(scene.writers)):
        for number, post_id in enumerate(scene.post_ids):
            yield scene.writers[(number + turn) % len(scene.writers)], post_id


def _follows(scene: Scene) -> Iterator[tuple[Person, int]]:
    for turn in range(len(scene.writers)):
        for number, other in enumerate(scene.others):
            yield scene.writers[(number + turn) % len(scene.writers)], other.id


def _profiles(scene: Scene, *, signed_in: bool) -> Iterator[bytes]:
    readers = cycle(scene.readers)
    for person in cycle(scene.others[:100]):
        yield request("GET", f"/v1/accounts/{person.id}", token=next(readers).token if signed_in else None)


def _read(scene: Scene, path: str, ids: Sequence[int]) -> Iterator[bytes]:
    readers = cycle(scene.readers)
    for id_ in cycle(ids):
        yield request("GET", path.format(id_), token=next(readers).token)


def _posts(scene: Scene) -> Iterator[bytes]:
    writers = cycle(scene.writers)
    for number in count():
        text = f"Note {number}: the tide is out, and the boats lie on the sand until the evening."
        body = msgspec.json.encode({"text": text})
        yield request("POST", "/v1/posts", token=next(writers).token, body=body)


def _logins(scene: Scene) -> Iterator[bytes]:
    for person in cycle(scene.writers):
        body = msgspec.json.encode({"login": person.handle, "password": PASSWORD})
        yield request("POST", "/v1/auth/login", body=body)
