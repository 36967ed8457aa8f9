"""What a call is refused for."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from hubbub.errors import Invalid

T = TypeVar("T")


def outcome(call: Callable[[], T]) -> tuple[T | None, set[str]]:
    """What `call` returns, or None and the codes it is refused for."""
    try:
        return call(), set()
    except Invalid as refusal:
        return None, {error.code for error in refusal.errors}


def refused(call: Callable[[], object]) -> tuple[str, str]:
    """The pointer and code of the one field error that `call` raises."""
    with pytest.raises(Invalid) as caught:
        call()
    (error,) = caught.value.errors
    assert error.detail
    return error.pointer, error.code
