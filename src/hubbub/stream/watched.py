"""Which streams watch which posts, and what these stand on."""

from collections.abc import Collection, Iterable, Iterator

from hubbub.stream.streams import Stream


class Watched:
    """A post that somebody of this process watches."""

    __slots__ = ("counts", "parts", "streams", "version", "waiting")

    def __init__(self, post_id: int) -> None:
        self.version = 0
        self.counts = b""
        """As they were told last."""
        self.parts: frozenset[int] = frozenset((post_id,))
        """Posts and accounts that decide who may see it: its own id, its root, its authors."""
        self.streams: dict[Stream, int] = {}
        """Those that may see it, and the version that each knows."""
        self.waiting: dict[Stream, int] = {}
        """Those that are told nothing until it is known whether they may."""


class WatchedPosts:
    """Of this process. What is told to whom is decided by whoever uses it."""

    def __init__(self) -> None:
        self._posts: dict[int, Watched] = {}
        self._by_part: dict[int, set[int]] = {}
        self._by_account: dict[int, dict[Stream, set[int]]] = {}

    def __len__(self) -> int:
        return len(self._posts)

    def __iter__(self) -> Iterator[int]:
        return iter(self._posts)

    def get(self, post_id: int) -> Watched | None:
        return self._posts.get(post_id)

    def accounts(self) -> Collection[int]:
        return self._by_account.keys()

    def streams_of(self, account_id: int) -> dict[Stream, set[int]]:
        """Streams of the account, and the posts that each watches."""
        return self._by_account.get(account_id, {})

    def add(self, stream: Stream, post_id: int) -> None:
        """The stream is told nothing of it before `clear`."""
        watched = self._posts.get(post_id)
        if watched is None:
            watched = self._posts[post_id] = Watched(post_id)
            self._by_part.setdefault(post_id, set()).add(post_id)
        if stream not in watched.streams:
            watched.waiting.setdefault(stream, 0)
        self._by_account.setdefault(stream.account_id, {}).setdefault(stream, set()).add(post_id)

    def remove(self, stream: Stream, post_id: int) -> None:
        watched = self._posts.get(post_id)
        if watched is not None:
            watched.streams.pop(stream, None)
            watched.waiting.pop(stream, None)
            if not watched.streams and not watched.waiting:
                self._drop(post_id, watched)
        own = self._by_account.get(stream.account_id, {})
        posts = own.get(stream)
        if posts is not None:
            posts.discard(post_id)
            if not posts:
                del own[stream]
                if not own:
                    del self._by_account[stream.account_id]

    def rest_on(self, post_id: int, parts: Iterable[int]) -> None:
        """What decides who may see a post that is watched."""
        watched = self._posts.get(post_id)
        if watched is None:
            return
        wanted = frozenset(parts) | {post_id}
        for part in watched.parts - wanted:
            self._leave(part, post_id)
        for part in wanted - watched.parts:
            self._by_part.setdefault(part, set()).add(post_id)
        watched.parts = wanted

    def resting_on(self, ids: Iterable[int]) -> set[int]:
        """Watched posts that one of these posts or accounts decides about."""
        found: set[int] = set()
        for id_ in ids:
            found |= self._by_part.get(id_, set())
        return found

    def among(self, ids: Iterable[int]) -> set[int]:
        """Those of the posts that are watched."""
        return {id_ for id_ in ids if id_ in self._posts}

    def suspend(self, account_id: int) -> bool:
        """Nothing more is told to the account's streams before `clear`. False when it watches nothing."""
        for stream, post_ids in self.streams_of(account_id).items():
            for post_id in post_ids:
                watched = self._posts[post_id]
                if stream in watched.streams:
                    watched.waiting[stream] = watched.streams.pop(stream)
        return account_id in self._by_account

    def clear(self, stream: Stream, post_id: int) -> int | None:
        """The stream may be told. The version it knows, or None when it does not watch the post any more."""
        watched = self._posts.get(post_id)
        if watched is None:
            return None
        if stream in watched.waiting:
            watched.streams[stream] = watched.waiting.pop(stream)
        return watched.streams.get(stream)

    def _drop(self, post_id: int, watched: Watched) -> None:
        del self._posts[post_id]
        for part in watched.parts:
            self._leave(part, post_id)

    def _leave(self, part: int, post_id: int) -> None:
        resting = self._by_part.get(part)
        if resting is not None:
            resting.discard(post_id)
            if not resting:
                del self._by_part[part]
