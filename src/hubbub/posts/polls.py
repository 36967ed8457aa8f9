"""The poll of a post: as it is stored, as it is shown, and when it is over."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from hubbub.platform.counters import OPTION_KINDS, CountKind
from hubbub.platform.http import show_time
from hubbub.platform.text.clean import clean_text
from hubbub.platform.text.refusals import refusal
from hubbub.posts.schemas import MAX_OPTION_CHARACTERS, PollOption, PollView, PollViewer


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """As stored with its post; it never changes. `ends_at` is in Unix milliseconds."""

    options: tuple[str, ...]
    ends_at: int
    is_multiple: bool = False
    hides_counts: bool = False

    @property
    def is_closed(self) -> bool:
        """By the clock of this process."""
        return time.time() * 1000 >= self.ends_at


read_poll = msgspec.json.Decoder(Poll).decode
_encode = msgspec.json.Encoder().encode


def compose_poll(
    options: Sequence[str], *, seconds: int, is_multiple: bool = False, hides_counts: bool = False
) -> Poll:
    """A poll that begins now. Raises Invalid for an option without words, or that is there twice."""
    cleaned = tuple(
        clean_text(
            option,
            max_characters=MAX_OPTION_CHARACTERS,
            field=f"poll/options/{place}",
            multiline=False,
            required=True,
        )
        for place, option in enumerate(options)
    )
    for place, option in enumerate(cleaned):
        if option in cleaned[:place]:
            raise refusal(f"poll/options/{place}", "repeated", "This option is there already.")
    return Poll(
        options=cleaned,
        ends_at=int((time.time() + seconds) * 1000),
        is_multiple=is_multiple,
        hides_counts=hides_counts,
    )


def pack_poll(poll: Poll) -> str:
    """As `read_poll` reads it."""
    return _encode(poll).decode()


def show_poll(
    poll: Poll, counts: Mapping[CountKind, int], *, choices: Sequence[int] | None, is_author: bool
) -> PollView:
    """To somebody who voted for these choices; None for nobody. How many voted is never hidden."""
    is_closed = poll.is_closed
    is_hidden = poll.hides_counts and not (is_closed or is_author or choices)
    return PollView(
        options=tuple(
            PollOption(text=text, votes=None if is_hidden else counts.get(kind, 0))
            for text, kind in zip(poll.options, OPTION_KINDS, strict=False)
        ),
        multiple=poll.is_multiple,
        expires_at=show_time(datetime.fromtimestamp(poll.ends_at / 1000, UTC)),
        is_closed=is_closed,
        voters=counts.get(CountKind.VOTERS, 0),
        viewer=PollViewer(choices=tuple(choices)) if choices is not None else None,
    )


def first_end(polls: Iterable[Poll | None], *, after: float) -> float:
    """When the first of these polls that was open then closes, by Unix time in seconds."""
    ends = (poll.ends_at / 1000 for poll in polls if poll is not None)
    return min((end for end in ends if end > after), default=float("inf"))
