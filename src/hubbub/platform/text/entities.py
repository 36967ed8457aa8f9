"""Mentions, tags and links in a text, found in one pass whose time is linear in the text.

Positions are Unicode code points, start included, end excluded; entities never overlap. The pass works
line by line in effect: nothing spans a line end, so entities of joined texts are those of the parts.
"""

import unicodedata
from collections.abc import Iterator

import msgspec
import regex

from hubbub.platform.text import links
from hubbub.platform.text.handles import fold_handle
from hubbub.platform.text.links import link_is_safe
from hubbub.platform.text.refusals import refusal

__all__ = [
    "MAX_LINKS",
    "MAX_MENTIONS",
    "MAX_MENTION_PLACES",
    "MAX_TAGS",
    "Entities",
    "Link",
    "Mention",
    "Tag",
    "extract_entities",
    "link_is_safe",
    "refuse_too_many_mentions",
    "tag_key",
]

MAX_MENTIONS = 20
"""Distinct handles in one text."""
MAX_MENTION_PLACES = 100
"""Mentions in one text, those of one handle counted each time."""
MAX_TAGS = 30
MAX_LINKS = 30
MAX_TAG_LENGTH = 100
"""Code points of a tag's key."""
# Checking an international host costs up to 0.3 ms; past so many candidates the rest is plain text.
MAX_LINK_TRIES = 60
MAX_TAG_TRIES = 200


class Mention(msgspec.Struct, frozen=True):
    """`@handle`, folded; whether somebody has the handle is not known here."""

    handle: str
    start: int
    end: int


class Tag(msgspec.Struct, frozen=True):
    """`#tag`; `tag` is the key under which it is found, the text keeps the spelling."""

    tag: str
    start: int
    end: int


class Link(msgspec.Struct, frozen=True):
    """`url` is complete, ASCII and safe to follow; the text keeps what was typed."""

    url: str
    start: int
    end: int


class Entities(msgspec.Struct, frozen=True):
    """Each tuple is in the order of the text."""

    mentions: tuple[Mention, ...] = ()
    tags: tuple[Tag, ...] = ()
    links: tuple[Link, ...] = ()


# A letter, digit, mark or underscore of a script that parts words by spaces. A mention or tag may follow
# a CJK or Thai letter directly, as people write it.
_WORD = (
    r"[[\p{L}\p{M}\p{N}_]--[\u0E00-\u0E7F\u1100-\u11FF\u3005\u3040-\u30FF\u3400-\u9FFF\uAC00-\uD7AF"
    r"\U00020000-\U0003FFFF]]"
)
_STARTS = regex.compile(
    rf"(?P<url>(?<![A-Za-z0-9_])[Hh][Tt][Tt][Pp][Ss]?://)"
    rf"|(?P<mention>(?<!{_WORD}|[@/=\\])@[A-Za-z0-9_]++(?:\.[A-Za-z0-9_]++)*+(?!{_WORD}|@))"
    rf"|(?P<tag>(?<!{_WORD}|[&/#＃@])[#＃][\p{{L}}\p{{M}}\p{{N}}_]++(?:[\u200C\u200D][\p{{L}}\p{{M}}\p{{N}}_]++)*+)"
    rf"|(?P<host>(?<!{_WORD}|[@./:\\=&?%$~+-])[A-Za-z0-9][A-Za-z0-9_-]*+(?:\.[A-Za-z0-9_-]++)++(?!{_WORD}|@))",
    regex.V1,
)
_PATH = regex.compile(r"/|[?#][\p{L}\p{N}_/=&%]")
_KEY = regex.compile(r"[\p{L}\p{M}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*")
_PORT = regex.compile(r":[0-9]{1,5}(?![0-9])")
_JOINERS = str.maketrans("", "", "\u200c\u200d")


def extract_entities(text: str) -> Entities:
    """The first mentions, tags and links of `text` within the bounds; what comes after stays plain text.

    Mentions: at most 20 distinct handles in 100 places. Tags and links: at most 30 places each. Links are
    http and https URLs and bare names with a well-known ending (`https://` is put before these). Never a
    link: other schemes, user names in URLs, single-label hosts, what is part of an e-mail address.
    """
    mentions: list[Mention] = []
    tags: list[Tag] = []
    found_links: list[Link] = []
    handles: set[str] = set()
    for entity in _Scanner(text).entities():
        if isinstance(entity, Mention):
            is_in_bounds = entity.handle in handles or len(handles) < MAX_MENTIONS
            if is_in_bounds and len(mentions) < MAX_MENTION_PLACES:
                handles.add(entity.handle)
                mentions.append(entity)
        elif isinstance(entity, Tag):
            if len(tags) < MAX_TAGS:
                tags.append(entity)
        elif len(found_links) < MAX_LINKS:
            found_links.append(entity)
    return Entities(mentions=tuple(mentions), tags=tuple(tags), links=tuple(found_links))


def refuse_too_many_mentions(text: str, *, field: str = "text") -> None:
    """Raise Invalid `too_many_mentions` when `text` mentions more than 20 distinct handles."""
    if text.count("@") <= MAX_MENTIONS:
        return
    handles = {entity.handle for entity in _Scanner(text).entities() if isinstance(entity, Mention)}
    if len(handles) > MAX_MENTIONS:
        detail = f"At most {MAX_MENTIONS} people can be mentioned; this mentions {len(handles)}."
        raise refusal(field, "too_many_mentions", detail)


def tag_key(spelled: str) -> str | None:
    """The key of a tag without its `#`: NFKC and case folding, joiners dropped; None when it is no tag.

    A tag has at least one letter and only letters, marks, digits and underscores; its key has at most
    100 code points.
    """
    if len(spelled) > 2 * MAX_TAG_LENGTH:
        return None
    folded = unicodedata.normalize("NFKC", spelled).casefold().translate(_JOINERS)
    key = unicodedata.normalize("NFKC", folded)
    return key if len(key) <= MAX_TAG_LENGTH and _KEY.fullmatch(key) else None


class _Scanner:
    """Walks a text once; each step goes on behind what it has looked at, so time is linear."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._link_tries = MAX_LINK_TRIES
        self._tag_tries = MAX_TAG_TRIES

    def entities(self) -> Iterator[Mention | Tag | Link]:
        while found := _STARTS.search(self._text, self._position):
            start, self._position = found.span()
            entity = self._entity(found.lastgroup, start)
            if entity:
                yield entity

    def _entity(self, kind: str | None, start: int) -> Mention | Tag | Link | None:
        end = self._position
        if kind == "mention":
            handle = fold_handle(self._text[start + 1 : end])
            return Mention(handle, start, end) if handle else None
        if kind == "tag":
            return self._tag(start, end)
        return self._bare_link(start) if kind == "host" else self._link(start)

    def _tag(self, start: int, end: int) -> Tag | None:
        if self._tag_tries == 0:
            return None
        self._tag_tries -= 1
        key = tag_key(self._text[start + 1 : end])
        return Tag(key, start, end) if key else None

    def _link(self, start: int) -> Link | None:
        """The link whose scheme ends at the position."""
        self._position = links.end_of_authority(self._text, self._position)
        if _PATH.match(self._text, self._position):
            self._position = links.end_of_tail(self._text, self._position)
        return self._finished(start, prefix="")

    def _bare_link(self, start: int) -> Link | None:
        """The link whose host, written without a scheme, ends at the position."""
        port = _PORT.match(self._text, self._position)
        end = port.end() if port else self._position
        has_path = _PATH.match(self._text, end) is not None
        if not links.is_bare_host(self._text[start : self._position], has_path=has_path):
            return None
        self._position = links.end_of_tail(self._text, end) if has_path else end
        return self._finished(start, prefix="https://")

    def _finished(self, start: int, *, prefix: str) -> Link | None:
        end = links.trim(self._text, start, self._position)
        if self._link_tries == 0 or end - start > links.MAX_LINK_LENGTH:
            return None
        self._link_tries -= 1
        url = links.safe_link(prefix + self._text[start:end])
        if url is None:
            return None
        self._position = end
        return Link(url, start, end)
