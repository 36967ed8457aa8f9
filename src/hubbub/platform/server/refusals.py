"""What is wrong with a request before any handler sees it. Each closes its connection."""

from hubbub.errors import BadRequest, MethodNotAllowed, TooMany, Unavailable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class BrokenHttp(BadRequest):
    code = "broken_http"
    message = "This is not HTTP/1.1 as RFC 9112 has it."


class TargetTooLong(BadRequest):
    status = 414
    code = "uri_too_long"
    message = "The URL is longer than 8 KB."


class HeadersTooLarge(BadRequest):
    status = 431
    code = "headers_too_large"
    message = "There are more than 100 headers or 64 KB of them."


class ExpectationFailed(BadRequest):
    status = 417
    code = "expectation_failed"
    message = "Expect can only be 100-continue."


class VersionNotSupported(BadRequest):
    status = 505
    code = "version_not_supported"
    message = "Only HTTP/1.1 and HTTP/1.0 are spoken here."


class UnknownMethod(MethodNotAllowed):
    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Allow": ", ".join(METHODS)})


class TooManyConnections(TooMany):
    code = "too_many_connections"
    message = "There are too many open connections from this address."


class ServerFull(Unavailable):
    code = "overloaded"
    message = "The service has all the work it can do; try again shortly."
