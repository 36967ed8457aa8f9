"""All streams of this process: what clients ask of them, and who is let in."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from functools import partial

from hubbub.errors import NotAllowed, Unauthorized, Unavailable
from hubbub.identity import Identity
from hubbub.platform.http import Viewer, parse_id, show_time
from hubbub.platform.live import Hub, Listener, Opening, Outlet
from hubbub.platform.services import Services
from hubbub.stream.client_frames import (
    MAX_TOPICS,
    Auth,
    Ping,
    Subscribe,
    Typing,
    Unsubscribe,
    read_client_frame,
)
from hubbub.stream.closing import CloseCode
from hubbub.stream.post_topics import PostTopics
from hubbub.stream.presence import PresenceTopics
from hubbub.stream.server_frames import (
    PONG,
    ErrorCode,
    Renewed,
    Subscribed,
    Unsubscribed,
    frame,
    refusal,
)
from hubbub.stream.session_watch import SessionWatch
from hubbub.stream.streams import Stream
from hubbub.stream.typing import TypingHints
from hubbub.stream.works import Works

MOST_MISTAKES = 10


class Gateway:
    """One per process."""

    def __init__(self, services: Services, hub: Hub, posts: PostTopics, presence: PresenceTopics) -> None:
        self._services = services
        self._hub = hub
        self._posts = posts
        self._presence = presence
        self._typing = TypingHints(services)
        self._watch = SessionWatch(services.part(Identity).states)
        self._works = Works()
        self._is_started = False

    async def close(self) -> None:
        await self._hub.close()

    # A stream's life

    async def let_in(
        self, viewer: Viewer, *, after: bytes = b"", topics: tuple[str, ...] = ()
    ) -> Callable[[Outlet], Listener]:
        """Take a seat; what is returned is called when the connection stands, and never if it does not.

        Raises TooManyStreams, or Unavailable while Valkey is away.
        """
        stream = Stream(
            self, account_id=viewer.id, session_id=viewer.session_id, expires_at=viewer.expires_at
        )
        if not self._is_started:
            self._is_started = True
            self._hub.start()
        opening = await self._hub.join(stream, after=after)

        def attach(outlet: Outlet) -> Listener:
            self._start(stream, outlet, opening, after)
            if topics:
                self._submit(stream, partial(self._subscribe, stream, topics))
            return stream

        return attach

    def _start(self, stream: Stream, outlet: Outlet, opening: Opening, after: bytes) -> None:
        stream.outlet = outlet
        self._watch.add(stream)
        if not stream.is_closed:
            stream.start(outlet, opening, after)

    def forget(self, stream: Stream) -> None:
        self._hub.leave(stream)
        self._watch.remove(stream)
        if stream.topics:
            self._leave(stream, stream.topics)
            stream.topics = None

    # What clients say

    def hear(self, stream: Stream, text: bytes) -> None:
        match read_client_frame(text):
            case Ping():
                stream.send(PONG)
            case Subscribe(topics=topics):
                self._submit(stream, partial(self._subscribe, stream, topics))
            case Unsubscribe(topics=topics):
                self._submit(stream, partial(self._unsubscribe, stream, topics))
            case Auth(token=token):
                self._submit(stream, partial(self._renew, stream, token))
            case Typing(conversation_id=conversation_id):
                self._submit(stream, partial(self._type, stream, conversation_id))
            case None:
                self._refuse(stream, "malformed")

    def _submit(self, stream: Stream, work: Callable[[], Awaitable[None]]) -> None:
        if not self._works.submit(stream, work):
            self._refuse(stream, "busy")

    def _refuse(self, stream: Stream, code: ErrorCode) -> None:
        """A few mistakes are forgiven."""
        stream.send(refusal(code))
        stream.mistakes += 1
        if stream.mistakes >= MOST_MISTAKES:
            stream.close(CloseCode.MALFORMED)

    async def _renew(self, stream: Stream, token: str) -> None:
        authenticator = self._services.authenticator
        if authenticator is None:
            raise Unavailable("nobody can say")
        try:
            viewer = await authenticator.authenticate(token)
        except Unauthorized:
            self._refuse(stream, "invalid_token")
            return
        except NotAllowed:
            stream.close(CloseCode.SUSPENDED)
            return
        if stream.is_closed:
            return
        if viewer.id != stream.account_id:
            self._refuse(stream, "wrong_account")
            return
        self._watch.renew(stream, session_id=viewer.session_id, expires_at=viewer.expires_at)
        until = show_time(datetime.fromtimestamp(viewer.expires_at, UTC))
        stream.send(frame("renewed", Renewed(expires_at=until)))

    async def _type(self, stream: Stream, conversation_id: str) -> None:
        if not await self._typing.tell(stream.account_id, conversation_id):
            stream.send(refusal("forbidden"))

    # Topics

    async def _subscribe(self, stream: Stream, topics: tuple[str, ...]) -> None:
        asked = tuple(dict.fromkeys(topics))
        held = stream.topics = stream.topics if stream.topics is not None else set()
        new = [topic for topic in asked if topic not in held]
        if len(held) + len(new) > MAX_TOPICS:
            stream.send(refusal("too_many_topics", asked))
            return
        posts = await self._posts.subscribe(stream, _ids("post", new)) if _ids("post", new) else []
        held.update(f"post:{id_}" for id_ in posts)
        people = (
            await self._presence.subscribe(stream, _ids("presence", new)) if _ids("presence", new) else []
        )
        held.update(f"presence:{id_}" for id_ in people)
        if stream.is_closed:
            self._leave(stream, held)
            return
        if accepted := tuple(topic for topic in asked if topic in held):
            stream.send(frame("subscribed", Subscribed(topics=accepted)))
        if refused := tuple(topic for topic in asked if topic not in held):
            stream.send(refusal("forbidden", refused))
        await self._posts.send_counts(stream, posts)
        if people:
            await self._presence.send_states(stream, people)

    async def _unsubscribe(self, stream: Stream, topics: tuple[str, ...]) -> None:
        held = stream.topics or set()
        left = tuple(topic for topic in dict.fromkeys(topics) if topic in held)
        self._leave(stream, left)
        held.difference_update(left)
        stream.send(frame("unsubscribed", Unsubscribed(topics=left)))

    def _leave(self, stream: Stream, topics: Iterable[str]) -> None:
        self._posts.unsubscribe(stream, _ids("post", topics))
        self._presence.unsubscribe(stream, _ids("presence", topics))


def _ids(kind: str, topics: Iterable[str]) -> list[int]:
    """Of topics of this kind. What names no id is of no kind."""
    found = (topic.removeprefix(f"{kind}:") for topic in topics if topic.startswith(f"{kind}:"))
    return [id_ for id_ in map(parse_id, found) if id_ is not None]
