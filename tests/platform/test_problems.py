import json
from collections.abc import Iterator

import pytest

from hubbub import errors
from hubbub.app import all_routes
from hubbub.errors import AppError, FieldError
from hubbub.platform.problems import render_problem


def kinds(cls: type[AppError] = AppError) -> Iterator[type[AppError]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from kinds(subclass)


# Importing the routes makes every slice's errors known.
ALL = sorted(
    set(kinds()) if all_routes() else (), key=lambda kind: (kind.status, kind.code, kind.__qualname__)
)


def body_of(error: AppError) -> dict[str, object]:
    body: dict[str, object] = json.loads(render_problem(error, "r-1")[2])
    return body


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_says_status_code_and_whether_to_retry_but_no_detail(kind: type[AppError]) -> None:
    body = body_of(kind("secret detail"))

    assert (body["status"], body["code"], body["request_id"]) == (kind.status, kind.code, "r-1")
    assert body["detail"] == kind.message
    assert "secret detail" not in json.dumps(body)
    assert isinstance(body["retryable"], bool)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_code_is_one_word_and_every_message_a_sentence(kind: type[AppError]) -> None:
    assert kind.code.replace("_", "a").isalnum()
    assert kind.code == kind.code.lower()
    assert kind.message[0].isupper()
    assert kind.message.endswith(".")
    assert 400 <= kind.status <= 599


def test_one_code_says_one_thing() -> None:
    seen: dict[str, str] = {}
    for kind in ALL:
        assert seen.setdefault(kind.code, kind.message) == kind.message, kind.code


def test_unauthorized_names_the_scheme() -> None:
    headers = dict(render_problem(errors.Unauthorized(), "r")[1])

    assert headers[b"www-authenticate"].startswith(b"Bearer")


@pytest.mark.parametrize("kind", [k for k in ALL if k.status == 503], ids=lambda kind: kind.__name__)
def test_what_is_away_for_a_while_says_when_to_come_back(kind: type[AppError]) -> None:
    headers = dict(render_problem(kind(), "r")[1])

    assert int(headers[b"retry-after"]) >= 1


def test_long_lists_of_errors_are_cut() -> None:
    many = [FieldError("/x" * 500, "invalid", "y" * 5000) for _ in range(500)]
    found = body_of(errors.Invalid(errors=many))["errors"]

    assert isinstance(found, list)
    assert len(found) == 100
    assert len(json.dumps(found)) < 200_000


def test_text_with_quotes_and_line_ends_stays_inside_its_string() -> None:
    told = FieldError("/a", "invalid", 'say "hi"\r\nSet-Cookie: x')
    body = body_of(errors.Invalid(errors=[told]))

    assert body["errors"] == [{"pointer": "/a", "code": "invalid", "detail": 'say "hi"\r\nSet-Cookie: x'}]
