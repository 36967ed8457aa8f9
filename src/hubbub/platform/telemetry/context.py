"""The id of the request that is being worked on, for answers and logs."""

import itertools
import os
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

# Unique, not secret: a random name of the process and a number.
_PREFIX = os.urandom(6).hex()
_numbers = itertools.count(1)


def new_request_id() -> str:
    return f"{_PREFIX}-{next(_numbers):x}"
