from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.text.handles import fold_handle, parse_handle, skeleton
from tests.text.refused import outcome, refused

HANDLE = st.from_regex(r"[a-z0-9_]{1,6}(\.[a-z0-9_]{1,6})?", fullmatch=True)


@pytest.mark.parametrize("raw", ["ann", "Ann", "a1", "ann.b", "ann_b", "_ann_", "a.b.c", "1ann", "x" * 30])
def test_ordinary_handles_are_folded(raw: str) -> None:
    assert parse_handle(raw).name == raw.lower()


@pytest.mark.parametrize(
    "raw",
    [
        *[
            "",
            "a",
            "x" * 31,
            "12345",
            "1_2",
            "__",
            "ann.",
            ".ann",
            "ann..b",
            "ann-b",
            "@ann",
            "ann b",
            " ann",
        ],
        *[
            "\u0430nn",
            "a\u0438n",
            "ａｎｎ",
            "ann\u200b",
            "ann\u200d",
            "dıana",
            "ann\u202e",
            "\u0132ann",
            "anné",
        ],
        *["ann\n", "ann\x00", "{ann}", "ann*", "ann/..", "ann\ud800", "ſam", "ann\u0301", "\u212aelvin"],
    ],
)
def test_other_shapes_and_confusable_letters_are_refused(raw: str) -> None:
    assert refused(partial(parse_handle, raw)) == ("/handle", "handle_invalid")


@pytest.mark.parametrize(
    "raw",
    [
        *["admin", "Admin", "administrator", "root", "api", "www", "mail", "support", "help", "security"],
        *[
            "moderator",
            "hubbub",
            "me",
            "by_handle",
            "well_known",
            "null",
            "undefined",
            "everyone",
            "here",
            "all",
        ],
        *["system", "staff", "official", "login", "register", "settings", "about", "you", "v1", "openapi"],
        *["adm1n", "4dmin", "a_d_m_i_n", "ad.min", "_admin_", "adrnin", "r00t", "0ff1c1al", "supp0rt", "m3"],
        *["hubbub_support", "the.hubbub", "hu88ub"],
    ],
)
def test_reserved_names_and_their_look_alikes_are_refused(raw: str) -> None:
    assert refused(partial(parse_handle, raw)) == ("/handle", "handle_reserved")


@pytest.mark.parametrize(
    "raw",
    [
        *[
            "ali",
            "alice",
            "bob",
            "carol",
            "dave",
            "mall",
            "user1",
            "user10",
            "rootbeer",
            "adminton",
            "helper",
            "mia",
        ],
        *["allen", "mel", "tester", "demo", "test", "hubbubble", "maillard", "heron", "pat"],
    ],
)
def test_ordinary_names_near_reserved_ones_are_free(raw: str) -> None:
    assert parse_handle(raw).name == raw


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("paypal", "paypa1"), ("google", "g00gle"), ("microsoft", "rnicrosoft"), ("wendy", "vvendy")],
        *[("ann_b", "ann__b"), ("Ann", "ann")],
    ],
)
def test_look_alikes_share_a_skeleton(one: str, other: str) -> None:
    assert parse_handle(one).skeleton == parse_handle(other).skeleton


def test_ordinary_names_do_not_share_a_skeleton() -> None:
    names = [f"user{n}" for n in range(2000)] + ["user_10", "user.10", "neil", "nell", "ann", "ann_", "anna"]
    names += ["bill", "biil", "sam5", "sams", "max3", "maxe", "dan", "clan"]

    assert len({skeleton(name) for name in names}) == len(names)


@given(HANDLE)
def test_a_skeleton_is_its_own_skeleton(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)


@given(st.text(max_size=40) | HANDLE)
def test_any_text_is_a_lower_case_ascii_handle_or_refused(raw: str) -> None:
    handle, codes = outcome(partial(parse_handle, raw))

    assert codes <= {"handle_invalid", "handle_reserved"}
    if handle is None:
        assert codes
        return
    assert handle.name == raw.lower() == fold_handle(raw)
    assert handle.name.isascii()


def test_reserved_handles_can_still_be_looked_up() -> None:
    assert fold_handle("Admin") == "admin"
    assert fold_handle("ann.") is None
