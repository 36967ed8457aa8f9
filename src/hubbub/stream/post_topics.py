"""Live counts, edits and deletions of posts, for those who may see them now.

Who may is judged by the reader of posts when a stream subscribes. Whatever may change it (a block, an edit,
an account that became private) stops what is told, from the moment it is heard, until it is judged anew
from PostgreSQL. While changes may go unheard nothing is told at all; afterwards everything is judged again.
"""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Iterable, Sequence
from typing import Any, Literal

import msgspec

from hubbub.errors import Unavailable
from hubbub.platform.live import Frame
from hubbub.platform.services import Services
from hubbub.platform.tallies import Tallies, Tally
from hubbub.posts import Hydrated, Post, open_reader_with, show_counts
from hubbub.stream.judge import open_reader_for
from hubbub.stream.server_frames import PostDeleted, PostUpdated, Unsubscribed, frame
from hubbub.stream.streams import Stream
from hubbub.stream.watched import Watched, WatchedPosts

log = logging.getLogger(__name__)

# The first change is told almost at once; while more come, twice a second.
FIRST_SECONDS = 0.03
COUNTS_SECONDS = 0.5
BATCH = 200
AT_ONCE = 8
RETRY_SECONDS = 1.0
_encode = msgspec.json.Encoder().encode


class PostTopics:
    """One per process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watched = WatchedPosts()
        self._counted: set[int] = set()
        self._changed: set[int] = set()
        self._unsure: set[int] = set()
        self._flushing: asyncio.Task[None] | None = None
        self._judging: asyncio.Task[None] | None = None
        self._flushed_at = 0.0

    def start(self) -> None:
        changes = self._services.changes
        changes.on("counts", hear=self._hear_counts)
        changes.on("post", hear=self._hear_change, on_gap=self._hear_everything)
        changes.on("account", hear=self._hear_change)
        changes.on("relations", hear=self._hear_relations)

    # Streams come and go

    async def subscribe(self, stream: Stream, post_ids: Sequence[int]) -> list[int]:
        """Which of the posts are watched from now on: those that the stream's account may see.

        Raises Unavailable.
        """
        for post_id in post_ids:
            self._watched.add(stream, post_id)
        try:
            reader = await open_reader_for(self._services, stream.account_id)
            hydrated = await reader.hydrate(post_ids)
        except BaseException:
            self.unsubscribe(stream, post_ids)
            raise
        seen = [post_id for post_id in post_ids if self._admit(stream, post_id, hydrated)]
        if stream.is_closed:
            self.unsubscribe(stream, post_ids)
        return seen

    async def send_counts(self, stream: Stream, post_ids: Sequence[int]) -> None:
        """As they are now, for a stream that may not have been told before."""
        tallies = await self._services.part(Tallies).load(post_ids, is_exact=True)
        for post_id, tally in tallies.items():
            watched = self._watched.get(post_id)
            if watched is not None and stream in watched.streams:
                stream.send(_counts_frame(post_id, _json_of(tally)))

    def unsubscribe(self, stream: Stream, post_ids: Iterable[int]) -> None:
        for post_id in post_ids:
            self._watched.remove(stream, post_id)

    def _admit(self, stream: Stream, post_id: int, hydrated: Hydrated) -> bool:
        """By what was judged, unless something has changed meanwhile: then that decides."""
        post = hydrated.find(post_id)
        watched = self._watched.get(post_id)
        if watched is None or (stream not in watched.waiting and stream not in watched.streams):
            return False
        if post is None:
            self._watched.remove(stream, post_id)
            return False
        self._note(watched, post, hydrated)
        if stream in watched.waiting:
            watched.waiting[stream] = post.version
        if stream.account_id not in self._unsure:
            self._watched.clear(stream, post_id)
        return True

    def _note(self, watched: Watched, post: Post, hydrated: Hydrated) -> None:
        """What the post rests on."""
        watched.version = max(watched.version, post.version)
        others = [hydrated.posts.get(id_) for id_ in (post.root_id, post.repost_of) if id_ is not None]
        parts = {part for each in (post, *others) if each is not None for part in (each.id, each.author_id)}
        self._watched.rest_on(post.id, parts)

    # What is heard

    def _hear_counts(self, ids: Collection[int]) -> None:
        if not len(self._watched):
            return
        self._counted |= self._watched.among(ids)
        if self._counted and self._flushing is None:
            self._flushing = _spawn(self._flush(), self._flushed)

    def _hear_change(self, ids: Collection[int]) -> None:
        if len(self._watched):
            self._changed |= self._watched.resting_on(ids)
            self._judge_soon()

    def _hear_relations(self, account_ids: Collection[int]) -> None:
        self._unsure.update(id_ for id_ in account_ids if self._watched.suspend(id_))
        self._judge_soon()

    def _hear_everything(self) -> None:
        """Anything may have changed unheard."""
        self._hear_relations(list(self._watched.accounts()))
        self._changed |= set(self._watched)
        self._hear_counts(list(self._watched))
        self._judge_soon()

    # Counts

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        while self._counted:
            await asyncio.sleep(max(FIRST_SECONDS, self._flushed_at + COUNTS_SECONDS - loop.time()))
            self._flushed_at = loop.time()
            if not self._services.changes.is_listening:
                return  # what is listened to again begins with `_hear_everything`
            counted, self._counted = self._counted, set()
            try:
                tallies = await self._services.part(Tallies).load(counted, is_exact=True)
            except Unavailable as error:
                log.info("counts not told: %s", error)
                self._counted |= counted
                continue
            for post_id, tally in tallies.items():
                self._tell_counts(post_id, tally)

    def _tell_counts(self, post_id: int, tally: Tally) -> None:
        watched = self._watched.get(post_id)
        if watched is None:
            return
        counts = _json_of(tally)
        if counts != watched.counts:
            watched.counts = counts
            told = _counts_frame(post_id, counts)
            for stream in tuple(watched.streams):
                stream.send(told)

    def _flushed(self, task: "asyncio.Task[None]") -> None:
        self._flushing = None
        _log_failure(task)

    # Who may still see what

    def _judge_soon(self) -> None:
        if self._has_to_judge and self._judging is None:
            self._judging = _spawn(self._judge(), self._judged)

    @property
    def _has_to_judge(self) -> bool:
        """What has changed is not told while others' changes may go unheard."""
        return bool(self._unsure or (self._changed and self._services.changes.is_listening))

    def _judged(self, task: "asyncio.Task[None]") -> None:
        self._judging = None
        _log_failure(task)

    async def _judge(self) -> None:
        while self._has_to_judge:
            try:
                await self._look_at_unsure()
                if self._services.changes.is_listening:
                    await self._look_at_changed()
            except Unavailable as error:
                log.info("who may see what is not judged: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _look_at_changed(self) -> None:
        """What nobody in particular may see, everybody may who is not blocked; all others are asked about."""
        some = [self._changed.pop() for _ in range(min(len(self._changed), BATCH))]
        if not some:
            return
        try:
            reader = await open_reader_with(self._services, 0, None, is_direct=True, shows_reactions=False)
            hydrated = await reader.hydrate(some)
        except BaseException:
            self._changed.update(some)
            raise
        for post_id in some:
            watched = self._watched.get(post_id)
            if watched is not None:
                self._update(post_id, watched, hydrated)

    def _update(self, post_id: int, watched: Watched, hydrated: Hydrated) -> None:
        post = hydrated.posts.get(post_id)
        if post is None or post.is_deleted:
            self._end(post_id, watched)
            return
        self._note(watched, post, hydrated)
        if hydrated.find(post_id) is None:
            accounts = {stream.account_id for stream in (*watched.streams, *watched.waiting)}
            self._hear_relations(accounts)
        for stream in tuple(watched.streams):
            self._tell_version(stream, post_id, watched)

    def _tell_version(self, stream: Stream, post_id: int, watched: Watched) -> None:
        if watched.streams[stream] < watched.version:
            watched.streams[stream] = watched.version
            stream.send(_updated_frame(post_id, watched.version))

    def _end(self, post_id: int, watched: Watched) -> None:
        gone = frame("post.deleted", PostDeleted(post_id=str(post_id)))
        for stream in (*watched.streams, *watched.waiting):
            if stream in watched.streams:
                stream.send(gone)
            self._drop(stream, [post_id], "deleted")

    async def _look_at_unsure(self) -> None:
        some = [self._unsure.pop() for _ in range(min(len(self._unsure), AT_ONCE))]
        results = await asyncio.gather(*map(self._judge_account, some), return_exceptions=True)
        for account_id, result in zip(some, results, strict=True):
            if result is not None:
                if self._watched.suspend(account_id):
                    self._unsure.add(account_id)
                raise result

    async def _judge_account(self, account_id: int) -> None:
        post_ids = {id_ for ids in self._watched.streams_of(account_id).values() for id_ in ids}
        if not post_ids:
            return
        reader = await open_reader_with(
            self._services, account_id, None, is_direct=True, shows_reactions=False
        )
        hydrated = await reader.hydrate(post_ids)
        if account_id in self._unsure:
            return  # it has changed again meanwhile
        for stream, own in [(key, list(ids)) for key, ids in self._watched.streams_of(account_id).items()]:
            cleared = self._settle(stream, [id_ for id_ in own if id_ in post_ids], hydrated)
            await self.send_counts(stream, cleared)

    def _settle(self, stream: Stream, post_ids: Sequence[int], hydrated: Hydrated) -> list[int]:
        """Cut off what may not be seen any more. Returns the rest."""
        hidden = [post_id for post_id in post_ids if hydrated.find(post_id) is None]
        if hidden:
            self._drop(stream, hidden, "forbidden")
        cleared = []
        for post_id in post_ids:
            watched = self._watched.get(post_id)
            if watched is not None and self._watched.clear(stream, post_id) is not None:
                cleared.append(post_id)
                self._tell_version(stream, post_id, watched)
        return cleared

    def _drop(self, stream: Stream, post_ids: Sequence[int], reason: Literal["forbidden", "deleted"]) -> None:
        topics = tuple(f"post:{post_id}" for post_id in post_ids)
        self.unsubscribe(stream, post_ids)
        if stream.topics is not None:
            stream.topics.difference_update(topics)
        stream.send(frame("unsubscribed", Unsubscribed(topics=topics, reason=reason)))


def _json_of(tally: Tally) -> bytes:
    return tally.json or _encode(show_counts(tally.counts))


def _counts_frame(post_id: int, counts: bytes) -> Frame:
    return Frame(b"post.counts", b'{"post_id":"%d","counts":%b}' % (post_id, counts))


def _updated_frame(post_id: int, version: int) -> Frame:
    return frame("post.updated", PostUpdated(post_id=str(post_id), version=version))


def _spawn(work: Coroutine[Any, Any, None], on_end: Any) -> "asyncio.Task[None]":
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(on_end)
    return task


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("telling of posts ended badly", exc_info=error)
