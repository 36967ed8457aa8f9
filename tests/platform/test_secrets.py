import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.secrets import Keyring, Unsealable

KEYRING = Keyring("a key for tests, long enough")


@given(st.binary(max_size=200))
def test_sealed_bytes_come_back_whole_and_show_nothing(plain: bytes) -> None:
    sealed = KEYRING.seal("purpose", plain)

    assert KEYRING.unseal("purpose", sealed) == plain
    assert len(plain) < 4 or plain not in sealed


def test_sealing_twice_gives_different_bytes() -> None:
    assert KEYRING.seal("purpose", b"same") != KEYRING.seal("purpose", b"same")


@given(st.binary(min_size=1, max_size=60), st.data())
def test_changed_bytes_do_not_open(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEYRING.seal("purpose", plain))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Unsealable):
        KEYRING.unseal("purpose", bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12), bytes(28)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(Unsealable):
        KEYRING.unseal("purpose", sealed)


def test_bytes_sealed_for_one_purpose_or_key_do_not_open_for_another() -> None:
    sealed = KEYRING.seal("one", b"x")

    with pytest.raises(Unsealable):
        KEYRING.unseal("other", sealed)
    with pytest.raises(Unsealable):
        Keyring("another key for tests, long enough").unseal("one", sealed)


@given(st.text(max_size=20), st.text(max_size=20))
def test_each_purpose_has_a_key_of_its_own(one: str, other: str) -> None:
    assert (KEYRING.derive(one) == KEYRING.derive(other)) is (one == other)
    assert len(KEYRING.derive(one)) == 32


def test_same_secret_gives_the_same_keys_in_every_process() -> None:
    again = Keyring("a key for tests, long enough")

    assert again.mac("purpose", b"message") == KEYRING.mac("purpose", b"message")
    assert again.mac("purpose", b"message") != KEYRING.mac("purpose", b"other")
