"""Every error a client can be shown. A slice adds its own by subclassing one of these.

AppError                  500  internal
├── BadRequest            400  bad_request
│   └── MalformedJson     400  malformed_json
├── Unauthorized          401  unauthorized
├── NotAllowed            403  not_allowed
├── NotFound              404  not_found
├── MethodNotAllowed      405  method_not_allowed
├── RequestTimeout        408  request_timeout
├── Conflict              409  conflict
├── PreconditionFailed    412  precondition_failed
├── BodyTooLarge          413  body_too_large
├── UnsupportedMedia      415  unsupported_media
├── Invalid               422  invalid
├── UpgradeRequired       426  upgrade_required
├── TooMany               429  quota_exceeded
└── Unavailable           503  unavailable
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule of one field. `pointer` is a JSON pointer into the body, or a parameter's name."""

    pointer: str
    code: str
    detail: str


class AppError(Exception):
    """Carries a public half (status, code, message, errors, headers) and a private half (detail).

    The class says what a client sees; the instance's `detail` is logged and never sent.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    message: ClassVar[str] = "Something went wrong on our side."
    is_retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.message)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class BadRequest(AppError):
    status = 400
    code = "bad_request"
    message = "The request could not be understood."


class MalformedJson(BadRequest):
    code = "malformed_json"
    message = "The body is missing, is not valid JSON in UTF-8, or is nested too deeply."


class Unauthorized(AppError):
    status = 401
    code = "unauthorized"
    message = "A valid access token is needed."


class NotAllowed(AppError):
    status = 403
    code = "not_allowed"
    message = "This is not allowed for this account."


class NotFound(AppError):
    status = 404
    code = "not_found"
    message = "There is no such thing, or you may not see it."


class MethodNotAllowed(AppError):
    status = 405
    code = "method_not_allowed"
    message = "This method is not available here; see the Allow header."


class RequestTimeout(AppError):
    status = 408
    code = "request_timeout"
    message = "The request arrived too slowly."
    is_retryable = True


class Conflict(AppError):
    status = 409
    code = "conflict"
    message = "The request conflicts with what is there already."


class PreconditionFailed(AppError):
    status = 412
    code = "precondition_failed"
    message = "It has changed since you read it; read it again and retry."


class BodyTooLarge(AppError):
    status = 413
    code = "body_too_large"
    message = "The body is larger than this route accepts."


class UnsupportedMedia(AppError):
    status = 415
    code = "unsupported_media"
    message = "The body must be application/json without a content encoding."


class Invalid(AppError):
    status = 422
    code = "invalid"
    message = "Some of the values are not acceptable; see errors."


class UpgradeRequired(AppError):
    status = 426
    code = "upgrade_required"
    message = "This is a stream: open it by WebSocket (version 13), or ask for text/event-stream."

    def __init__(
        self, detail: str = "", *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        offer = {"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Version": "13"}
        super().__init__(detail, errors=errors, headers={**offer, **(headers or {})})


class TooMany(AppError):
    status = 429
    code = "quota_exceeded"
    message = "Too many requests; wait for as long as Retry-After says."
    is_retryable = True


class Unavailable(AppError):
    status = 503
    code = "unavailable"
    message = "The service cannot answer right now; try again shortly."
    is_retryable = True

    def __init__(
        self, detail: str = "", *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail, errors=errors, headers={"Retry-After": "1", **(headers or {})})
