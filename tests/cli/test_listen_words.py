"""What is typed, and what is shown, line by line."""

import pytest

from hubbub.cli.listening.typed import (
    Comment,
    Deed,
    Help,
    Like,
    Quit,
    Say,
    SayTo,
    Send,
    Unclear,
    read_line,
)
from hubbub.cli.listening.wording import in_words, printable


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("hello there ", Say("hello there")),
        ("/to @bo hi, how are you?", SayTo("bo", "hi, how are you?")),
        ("/to bo  hi", SayTo("bo", "hi")),
        ("/like 257000000000000001", Like("257000000000000001")),
        ("/comment 17 Well said", Comment("17", "Well said")),
        ('/json {"type": "ping"}', Send('{"type": "ping"}')),
        ("/help", Help()),
        ("/quit", Quit()),
        ("   ", None),
    ],
)
def test_lines_are_deeds(line: str, deed: Deed | None) -> None:
    assert read_line(line) == deed


@pytest.mark.parametrize(
    "line",
    ["/to @bo", "/to @", "/like", "/like ../me", "/like ٣", "/comment 17", "/comment x y", "/json {", "/no"],
)
def test_what_is_none_is_answered_with_what_would_be(line: str) -> None:
    with pytest.raises(Unclear, match=line.split()[0]):
        read_line(line)


def test_what_others_wrote_cannot_steer_the_terminal() -> None:
    evil = {
        "sender": {"handle": "eve"},
        "text": "\x1b[2J\x1b]0;mine\x07 \u202eabc\r\nsecond\x9b31m",
        "is_deleted": False,
    }

    shown = in_words("message", evil)

    assert shown == "@eve:  [2J ]0;mine   abc  second 31m"
    assert shown.isprintable()


def test_long_texts_are_cut() -> None:
    assert printable("x" * 5, limit=5) == "xxxxx"
    assert printable("x" * 6, limit=5) == "xxxx…"


@pytest.mark.parametrize(
    ("type_", "data", "words"),
    [
        ("message", {"sender": None, "text": "hi"}, "somebody: hi"),
        ("message.deleted", {"id": "1", "conversation_id": "2"}, "message 1 is gone"),
        ("marker", {"marker": "conversation", "unread": 3}, "conversation: 3 unread"),
        (
            "notification",
            {
                "kind": "like",
                "count": 4,
                "accounts": [{"handle": "bo"}, {"handle": "cy"}],
                "post": {"text": "Hi"},
            },
            "@bo, @cy and 2 more liked your post: Hi",
        ),
        (
            "notification",
            {"kind": "follow", "count": 1, "accounts": [{"handle": "bo"}], "post": None},
            "@bo follows you",
        ),
        (
            "notification",
            {"kind": "moderation", "count": 0, "accounts": [], "text": "No"},
            "somebody moderation: No",
        ),
        ("message", {"text": "a shape of its own"}, '{"text": "a shape of its own"}'),
        ("message", "no object", '"no object"'),
        ("feed", {"feed": "home", "post_id": "17", "author_id": "4"}, "post 17 is new at home"),
        ("post.counts", {"post_id": "17", "counts": {"likes": 2, "quotes": 0}}, "post 17: 2 likes"),
        ("presence", {"account_id": "4", "state": "online"}, "account 4 is online"),
        ("unsubscribed", {"topics": ["post:1"], "reason": "deleted"}, "post:1 deleted"),
        ("invented", {"ö": 1}, '{"ö": 1}'),
        ("invented", None, ""),
    ],
)
def test_frames_in_words(type_: str, data: object, words: str) -> None:
    assert in_words(type_, data) == words
