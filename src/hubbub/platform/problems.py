"""Errors as clients see them: RFC 9457 problem details with a stable code and the request's id."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hubbub.errors import AppError

CONTENT_TYPE = b"application/problem+json"


class ProblemField(msgspec.Struct, frozen=True):
    """One broken rule: `pointer` is a JSON pointer into the body, or names a parameter."""

    pointer: Annotated[str, Meta(max_length=300)]
    code: Annotated[str, Meta(max_length=60)]
    detail: Annotated[str, Meta(max_length=600)]


class Problem(msgspec.Struct, frozen=True):
    """What every error answer holds. `code` is stable; `title` and `detail` are for people."""

    type: Annotated[str, Meta(max_length=120)]
    title: Annotated[str, Meta(max_length=60)]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(max_length=600)]
    code: Annotated[str, Meta(max_length=60)]
    retryable: bool
    request_id: Annotated[str, Meta(max_length=64)]
    errors: Annotated[tuple[ProblemField, ...], Meta(max_length=100)] = ()


def render_problem(error: AppError, request_id: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body. Nothing of the error's private detail is in them."""
    problem = Problem(
        type=f"https://hubbub.invalid/problems/{error.code}",
        title=error.code.replace("_", " ").capitalize(),
        status=error.status,
        detail=error.message,
        code=error.code,
        retryable=error.is_retryable,
        request_id=request_id,
        errors=tuple(ProblemField(e.pointer[:300], e.code, e.detail[:600]) for e in error.errors[:100]),
    )
    body = msgspec.json.encode(problem)
    headers = [
        (b"content-type", CONTENT_TYPE),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"private, no-store"),
    ]
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="hubbub"'))
    headers += [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in error.headers.items()
    ]
    return error.status, headers, body
