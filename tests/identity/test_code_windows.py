"""Which codes of a second factor count, at any second and after any use."""

import time
from collections.abc import Callable

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.identity.service import factors
from hubbub.identity.service.factors import STEP_SECONDS, _counter_of, _hash_of_code, _new_code
from hubbub.platform.secrets import Keyring

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODES = pyotp.HOTP(SECRET)
KEYRING = Keyring("a key for tests, long enough to be taken")
SECONDS = st.integers(STEP_SECONDS * 2, 2**32)


@pytest.fixture(scope="module")
def at() -> Callable[[float, str, int], int | None]:
    """What a code is worth at a second of the clock."""

    def judge(now: float, code: str, last_counter: int) -> int | None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "time", lambda: now)
            return _counter_of(SECRET, code, last_counter)

    return judge


Judge = Callable[[float, str, int], int | None]


@given(SECONDS, st.integers(-4, 4), st.integers(-3, 3))
def test_the_last_this_and_the_next_code_count_if_none_as_late_was_used(
    at: Judge, now: int, steps: int, used: int
) -> None:
    step = now // STEP_SECONDS
    code = CODES.at(max(step + steps, 0))

    # Two steps may have the same six digits, so all that are near are looked at.
    near = [each for each in (step - 1, step, step + 1) if each > step + used and CODES.at(each) == code]
    assert at(now, code, step + used) == (near[0] if near else None)


@given(SECONDS)
def test_a_code_that_was_used_counts_no_more(at: Judge, now: int) -> None:
    code = CODES.at(now // STEP_SECONDS)
    used = at(now, code, 0)

    assert used is not None
    assert at(now, code, used) in (None, used + 1, used + 2)


@given(SECONDS, st.text(max_size=20).filter(lambda text: not text.replace(" ", "").isascii()))
def test_digits_of_other_scripts_are_no_code(at: Judge, now: int, code: str) -> None:
    assert at(now, code, 0) is None


@given(SECONDS, st.integers(0, 6))
def test_spaces_in_a_code_do_not_count(at: Judge, now: int, place: int) -> None:
    code = CODES.at(now // STEP_SECONDS)

    assert at(now, f" {code[:place]} {code[place:]} ", 0) == at(now, code, 0)


def test_a_window_of_three_codes_is_open_and_no_more() -> None:
    assert (factors.WINDOW, factors.STEP_SECONDS) == (1, 30)


@given(st.integers(1, 2**62), st.lists(st.sampled_from(" -\t"), max_size=5), st.booleans())
def test_a_recovery_code_is_one_however_it_is_typed(account_id: int, noise: list[str], is_loud: bool) -> None:
    code = _new_code()
    typed = "".join(noise) + code.replace("-", "".join(noise))

    assert _hash_of_code(KEYRING, account_id, typed.upper() if is_loud else typed) == _hash_of_code(
        KEYRING, account_id, code
    )


@given(st.integers(1, 2**62), st.integers(1, 2**62))
def test_a_recovery_code_is_its_accounts_alone(one: int, other: int) -> None:
    hashes = {_hash_of_code(KEYRING, account_id, "abcde-fghjk") for account_id in (one, other)}

    assert len(hashes) == len({one, other})


def test_a_recovery_code_has_no_letter_that_looks_like_another() -> None:
    letters = set("".join(_new_code() for _ in range(400)))

    assert letters <= set("-abcdefghjkmnpqrstuvwxyz23456789")
    assert not letters & set("il1o0")
