import random
import string
import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.text.passwords import check_password, guess_bits, is_common
from tests.text.growth import grows_linearly
from tests.text.refused import outcome, refused

COMMON = [
    "blink182",
    *["password1", "qwerty123", "12345678", "iloveyou", "letmein1", "Football2024!", "aaaaaaaa", "abcd1234"],
    *[
        "p@ssw0rd",
        "P@ssw0rd123!",
        "1qaz2wsx",
        "Summer2024!!",
        "admin@123",
        "passwordpassword",
        "drowssap1",
        "trustno1",
    ],
    *["11111111", "1q2w3e4r", "zaq12wsx", "qwertyuiop", "asdfghjkl", "monkey123", "michael1985!", "01011990"],
    *["19901231", "abc123abc123", "princess1", "sunshine1", "starwars", "superman1", "welcome1", "charlie1"],
    *["dragon12", "iloveyou2", "qwer1234", "1234qwer", "987654321", "hello123", "Passw0rd!", "baseball1"],
    *["jesus123", "liverpool1", "ILoveYou!!", "computer", "qazwsxedc", "q1w2e3r4", "internet", "samsung1"],
    *["12341234", "11223344", "Password2023", "jennifer", "michelle", "corvette", "december", "cocacola"],
    *["newyork1", "lovelove", "letmein!", "zxcvbnm1", "changeme", "monkeydragon", "12121212", "aabbccdd"],
    *["a1b2c3d4", "abcdefgh", "garfield1", "blahblah", "31415926", "88888888", "69696969", "147258369"],
    *["qwerty!@#", "Winter-2023", "pa55word", "PASSWORD1", "l3tm31n!!", "!QAZ@WSX"],
]
STRONG = [
    *["correct horse battery staple", "tiger-lamp-42-river", "blue tiger jumps", "mashed potato gravy"],
    *[
        "xK9#mPq2",
        "vY7kLp2w",
        "Tr0ub4dor&3",
        "9f8b3c1e77aa",
        "zebra crossing 7",
        "пароль на столе",
        "🐙🦑🦐🐚🌊🏖🏝🐠",
    ],
]


@pytest.mark.parametrize("password", COMMON)
def test_common_passwords_are_refused(password: str) -> None:
    assert refused(partial(check_password, password)) == ("/password", "password_breached")


@pytest.mark.parametrize("password", STRONG)
def test_passphrases_and_random_strings_are_accepted(password: str) -> None:
    assert check_password(password) == password


@pytest.mark.parametrize(
    ("alphabet", "length", "allowed_share"),
    [
        (string.ascii_letters + string.digits, 8, 0.01),
        (string.ascii_letters + string.digits + string.punctuation, 8, 0.01),
        (string.ascii_lowercase, 10, 0.01),
        (string.ascii_letters + string.digits, 12, 0.0),
        (string.hexdigits[:16], 16, 0.0),
    ],
)
def test_random_strings_are_seldom_taken_for_common(alphabet: str, length: int, allowed_share: float) -> None:
    dice = random.Random(7)
    drawn = ["".join(dice.choices(alphabet, k=length)) for _ in range(1000)]

    assert sum(map(is_common, drawn)) <= allowed_share * len(drawn)


def test_eight_characters_are_the_least() -> None:
    assert refused(partial(check_password, "xK9#mPq")) == ("/password", "password_too_short")
    assert refused(partial(check_password, "")) == ("/password", "password_too_short")
    assert refused(partial(check_password, "\ufb03")) == ("/password", "password_too_short")


@pytest.mark.parametrize(
    "raw",
    [
        "xY3 " * 64 + "z",
        "é" * 513,
        "\U0001f419" * 257,
        "x" * 1_000_000,
        "\ufdfa" * 20,
        "ω\u0314\u0342\u0345" * 300,
    ],
)
def test_too_long_ones_are_refused(raw: str) -> None:
    assert refused(partial(check_password, raw)) == ("/password", "password_too_long")


def test_256_characters_are_accepted() -> None:
    dice = random.Random(7)
    password = "".join(dice.choices(string.ascii_letters + " ", k=256))

    assert check_password(password) == password


@pytest.mark.parametrize("raw", ["correct\x00horse battery", "correct\ud800horse battery"])
def test_what_cannot_be_stored_or_sent_again_is_refused(raw: str) -> None:
    assert refused(partial(check_password, raw)) == ("/password", "invalid_text")


@pytest.mark.parametrize(
    "password",
    [
        "marigold-vX9$kq2L",
        "vX9$kq2LMARIGOLD",
        "mari.smith-vX9$kq2L",
        "vX9$ mari.smith+x@example.org",
        "ｍarigold-vX9$kq2L",
    ],
)
def test_a_password_with_the_handle_or_address_in_it_is_refused(password: str) -> None:
    call = partial(check_password, password, handle="marigold", email="Mari.Smith+x@example.org")

    assert refused(call) == ("/password", "password_breached")


def test_a_short_handle_may_be_part_of_a_password() -> None:
    assert check_password("plan to canoe away", handle="ann", email="cat@example.org") == "plan to canoe away"


def test_each_way_to_type_a_password_is_one() -> None:
    composed, decomposed, wide = "Grüße aus Köln", "Gru\u0308ße aus Ko\u0308ln", "Ｇrüße aus Köln"

    assert check_password(composed) == check_password(decomposed) == check_password(wide) == composed


def test_the_end_of_a_long_password_counts() -> None:
    assert guess_bits("xY3" + "m q" * 30 + "a") != guess_bits("xY3" + "m q" * 30 + "7")
    assert check_password("V" + "xk q" * 20 + "a") != check_password("V" + "xk q" * 20 + "b")


@given(st.text(max_size=300))
def test_any_text_is_a_normalised_password_or_refused(raw: str) -> None:
    password, codes = outcome(partial(check_password, raw))

    if password is None:
        assert codes <= {"password_too_short", "password_too_long", "password_breached", "invalid_text"}
        return
    assert password == unicodedata.normalize("NFKC", raw)
    assert 8 <= len(password) <= 256


@pytest.mark.parametrize("unit", ["x", "1", "qwerty", "password", "aB", "\u0301\u0316"])
def test_hostile_passwords_are_refused_quickly(unit: str) -> None:
    assert grows_linearly(lambda raw: outcome(partial(check_password, raw)), unit)
    assert grows_linearly(lambda raw: outcome(partial(check_password, raw[:250])), unit)
