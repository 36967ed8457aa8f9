from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Invalid
from hubbub.platform.text.emails import parse_email
from tests.text.refused import refused


@pytest.mark.parametrize(
    ("raw", "address", "folded"),
    [
        ("ann@example.org", "ann@example.org", "ann@example.org"),
        (" Ann.B@Example.ORG ", "Ann.B@example.org", "ann.b@example.org"),
        ("ann+news@example.org", "ann+news@example.org", "ann+news@example.org"),
        ("o'hara_x-1@mail.example.co.uk", "o'hara_x-1@mail.example.co.uk", "o'hara_x-1@mail.example.co.uk"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah", "ann@xn--r8jz45g.xn--zckzah"),
    ],
)
def test_addresses_are_read(raw: str, address: str, folded: str) -> None:
    email = parse_email(raw)

    assert (email.address, email.folded) == (address, folded)


def test_a_tag_is_another_address_of_the_same_mailbox() -> None:
    first, second = parse_email("Ann+1@example.org"), parse_email("ann+2@EXAMPLE.org")

    assert first.folded != second.folded
    assert first.mailbox == second.mailbox == "ann@example.org"


def test_a_local_part_that_is_only_a_tag_keeps_it() -> None:
    assert parse_email("+x@example.org").mailbox == "+x@example.org"


@pytest.mark.parametrize(
    "raw",
    [
        *["", "@", "ann", "ann@", "@example.org", "ann@example", "ann@@example.org", "ann@b@example.org"],
        *["ann@example..org", ".ann@example.org", "ann.@example.org", "an..n@example.org", "ann@-a.org"],
        *['"ann"@example.org', "ann(x)@example.org", "Ann <ann@example.org>", "ann@[127.0.0.1]"],
        *["an n@example.org", "ann@exam ple.org", "ann@example.org\n", "ann@example.org\r\nBcc: x@y.org"],
        *["änn@example.org", "ann@example.org.", "ann@a_b.org", "ann@example.org,bob@example.org"],
        *["ann\x00@example.org", "ann@\ud800.org", "ann@127.0.0.1", "ann@10.0.0.10"],
        *["a" * 65 + "@example.org", "ann@" + "a" * 64 + ".org", "ann@" + "ab." * 90 + "org"],
    ],
)
def test_everything_else_is_refused(raw: str) -> None:
    assert refused(partial(parse_email, raw)) == ("/email", "email_invalid")


@given(st.text(max_size=300))
def test_any_text_is_an_ascii_address_or_refused(raw: str) -> None:
    try:
        email = parse_email(raw)
    except Invalid:
        return

    assert email.address.isascii()
    assert len(email.address) <= 254
    assert parse_email(email.address) == email


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9+_-]{0,20}@[a-z][a-z0-9]{0,10}\.[a-z]{2,6}", fullmatch=True))
def test_ordinary_addresses_are_written_to_as_typed(raw: str) -> None:
    assert parse_email(raw).address == raw
