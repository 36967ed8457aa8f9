from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.text.entities import (
    Entities,
    Link,
    Mention,
    Tag,
    extract_entities,
    refuse_too_many_mentions,
    tag_key,
)
from tests.text.growth import grows_linearly
from tests.text.refused import refused

PIECES = [
    *[
        "@ann",
        "@bob.x",
        "#tag",
        "#Straße",
        "#1",
        "example.com",
        "http://",
        "https://a.com/x",
        "www.",
        "@",
        "#",
        "/",
    ],
    *[
        ".",
        " ",
        "(",
        ")",
        "[",
        "]",
        ":",
        "?",
        "é",
        "你好",
        "\u0301",
        "\u200d",
        "a",
        "1",
        "_",
        "-",
        "!",
        "ftp:",
        "\\",
        "&",
    ],
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=40)


@dataclass(frozen=True)
class Span:
    start: int
    end: int


def handles(text: str) -> list[str]:
    return [mention.handle for mention in extract_entities(text).mentions]


def tags(text: str) -> list[str]:
    return [tag.tag for tag in extract_entities(text).tags]


def urls(text: str) -> list[str]:
    return [link.url for link in extract_entities(text).links]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@ann", ["ann"]),
        ("hi @Ann, and @bob.", ["ann", "bob"]),
        (".@ann (@bob) 你好@carl吗", ["ann", "bob", "carl"]),
        ("@ann.b @ann..c", ["ann.b", "ann"]),
        ("@ann @ann", ["ann", "ann"]),
        ("@ann-marie @ann's", ["ann", "ann"]),
        ("mail ann@example.org or ann.b@example.org", []),
        ("https://example.com/@ann and a/@ann", []),
        ("@ann@example.social @@ann x@ann é@ann", []),
        ("@anné @аnn @a @123 @" + "x" * 31, []),
        ("@admin", ["admin"]),
    ],
)
def test_mentions_are_found(text: str, found: list[str]) -> None:
    assert handles(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#Tag #TAG #ｔａｇ #ℌi", ["tag", "tag", "tag", "hi"]),
        ("#straße #STRASSE", ["strasse", "strasse"]),
        ("#हिन्दी #日本語 今天#标签 ＃全角", ["हिन्दी", "日本語", "标签", "全角"]),
        ("#می\u200cخواهم", ["میخواهم"]),
        ("#a_b #2024goals #go-on", ["a_b", "2024goals", "go"]),
        ("(#one)#two,#three.", ["one", "two", "three"]),
        ("#2024 #_ # ## #! C# a#b &#x27; ##x /#y #½x", []),
        ("https://example.com/#frag example.com#frag", []),
        ("#" + "x" * 100, ["x" * 100]),
        ("#" + "x" * 101, []),
    ],
)
def test_tags_are_found(text: str, found: list[str]) -> None:
    assert tags(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://example.com/a.", ["https://example.com/a"]),
        ("(http://example.com/x_(y)) [z](https://a.com/b)", ["http://example.com/x_(y)", "https://a.com/b"]),
        ("example.com, www.example.co.uk/x?y=1!", ["https://example.com", "https://www.example.co.uk/x?y=1"]),
        ("“https://q.org” https://q.org。", ["https://q.org", "https://q.org"]),
        ("看http://example.com这里", ["http://example.com"]),
        ("http://bücher.example/ä", ["http://xn--bcher-kva.example/%C3%A4"]),
        ("example.com:8080/x", ["https://example.com:8080/x"]),
        ("README.md lib.so x.py www.x.md x.md/y", ["https://www.x.md", "https://x.md/y"]),
        ("the end.It is done.So ASP.NET v1.2 e.g. 3.14 node.js a.b", []),
        ("ann@example.com ann+x@example.com a.com@evil.com", []),
        ("javascript:alert(1) data:text/html,x ftp://example.com javascript://example.com/%0a", []),
        ("http://ann@evil.com http://ann:pw@evil.com xhttp://a.com http:/a.com", []),
        ("http://localhost http://0x7f.1/ http://1 https://", []),
        ("http://good.com\\@evil.com", ["http://good.com"]),
        ("https://example.com/" + "x" * 2048, []),
    ],
)
def test_links_are_found(text: str, found: list[str]) -> None:
    assert urls(text) == found


def test_positions_count_code_points() -> None:
    text = "👩‍🚀 @ann #tag http://é.example"

    found = extract_entities(text)

    assert found.mentions == (Mention("ann", 4, 8),)
    assert found.tags == (Tag("tag", 9, 13),)
    assert found.links == (Link("http://xn--9ca.example", 14, 30),)


def test_entities_are_json() -> None:
    found = extract_entities("@ann #tag example.com")

    encoded = msgspec.json.encode(found)

    assert msgspec.json.decode(encoded, type=Entities) == found
    assert msgspec.json.decode(encoded)["mentions"] == [{"handle": "ann", "start": 0, "end": 4}]


def test_what_is_past_the_bounds_is_plain_text() -> None:
    text = " ".join([*(f"@user{n} #tag{n} site{n}.com" for n in range(40)), "@user3"])

    found = extract_entities(text)

    assert [mention.handle for mention in found.mentions] == [*(f"user{n}" for n in range(20)), "user3"]
    assert [tag.tag for tag in found.tags] == [f"tag{n}" for n in range(30)]
    assert [link.url for link in found.links] == [f"https://site{n}.com" for n in range(30)]


def test_one_handle_is_placed_a_hundred_times_at_most() -> None:
    assert len(handles("@ann " * 150)) == 100


def test_more_than_twenty_people_mentioned_are_refused() -> None:
    twenty = " ".join(f"@user{n}" for n in range(20))
    refuse_too_many_mentions(twenty + " @USER1 @user2")

    assert refused(partial(refuse_too_many_mentions, twenty + " @one_more")) == ("/text", "too_many_mentions")


def spans(found: Entities) -> list[Span]:
    everything: list[Mention | Tag | Link] = [*found.mentions, *found.tags, *found.links]
    return sorted((Span(entity.start, entity.end) for entity in everything), key=lambda span: span.start)


@given(TEXT)
def test_entities_never_overlap_and_are_in_order(text: str) -> None:
    found = extract_entities(text)

    ordered = spans(found)
    assert all(before.end <= after.start for before, after in pairwise(ordered))
    assert all(0 <= span.start < span.end <= len(text) for span in ordered)
    for entities in (found.mentions, found.tags, found.links):
        assert list(entities) == sorted(entities, key=lambda entity: entity.start)


@given(TEXT)
def test_a_slice_is_the_same_entity(text: str) -> None:
    found = extract_entities(text)

    for mention in found.mentions:
        alone = extract_entities(text[mention.start : mention.end])
        assert alone == Entities(mentions=(Mention(mention.handle, 0, mention.end - mention.start),))
    for tag in found.tags:
        alone = extract_entities(text[tag.start : tag.end])
        assert alone == Entities(tags=(Tag(tag.tag, 0, tag.end - tag.start),))
    for link in found.links:
        alone = extract_entities(text[link.start : link.end])
        assert alone == Entities(links=(Link(link.url, 0, link.end - link.start),))


@given(TEXT, TEXT)
def test_lines_do_not_touch_each_other(first: str, second: str) -> None:
    shift = len(first) + 1
    one, other = extract_entities(first), extract_entities(second)

    both = extract_entities(f"{first}\n{second}")

    assert both.mentions == one.mentions + tuple(
        Mention(m.handle, m.start + shift, m.end + shift) for m in other.mentions
    )
    assert both.tags == one.tags + tuple(Tag(t.tag, t.start + shift, t.end + shift) for t in other.tags)
    assert both.links == one.links + tuple(Link(k.url, k.start + shift, k.end + shift) for k in other.links)


@given(st.text(max_size=20))
def test_a_key_is_its_own_key(spelled: str) -> None:
    key = tag_key(spelled)

    if key is not None:
        assert tag_key(key) == key


@pytest.mark.parametrize(
    "unit",
    [
        *[
            "@a.",
            "@aa.",
            "@aa ",
            "#",
            "#a ",
            "#ﷺ ",
            "((",
            "http://",
            "http://a.com/(",
            "http://a.com/( ",
            "a.com/((((",
        ],
        *[
            "http://a.com)",
            "a.co ",
            "http://ä",
            " http://ä.de",
            "a.md?(",
            "a.",
            "a-",
            "x",
            "@",
            "@a@",
            "www.",
            "http://[",
        ],
        *[
            "#\u0301",
            "#a\u200d",
            "__a.",
            "http://a.",
            "http://a.com'",
            "a.com:1",
            "http://a.com/[",
            "http://a.com?",
            "\u200d",
        ],
    ],
)
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    assert grows_linearly(extract_entities, unit)
