"""From bytes of a request to checked values, with every broken rule named by a JSON pointer."""

import re
from functools import cache
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from hubbub.errors import FieldError, Invalid, MalformedJson
from hubbub.platform.json_depth import is_too_deep

S = TypeVar("S", bound=msgspec.Struct)

MAX_PARAMETERS = 50
MAX_ERRORS = 100
# The path is the last of its kind: before it may stand a name that the client made up.
_PATH = re.compile(r"\A.*( - at `(?:key in )?\$(.*)`)\Z", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_NAMED = re.compile(r"field `(.*)`\Z", re.DOTALL)
CODES = (
    ("missing required field", "missing_field"),
    ("contains unknown field", "unknown_field"),
    ("of length >=", "too_short"),
    ("of length <=", "too_long"),
    ("matching regex", "wrong_format"),
    ("`int` >", "out_of_range"),
    ("`int` <", "out_of_range"),
    ("`float` >", "out_of_range"),
    ("`float` <", "out_of_range"),
    ("out of range", "out_of_range"),
    ("Invalid enum value", "unknown_value"),
    ("Expected", "wrong_type"),
)


def decode_body(raw: bytes, type_: type[S]) -> S:
    """Strictly: no coercion, no unknown field. Raises MalformedJson, or Invalid naming each field."""
    if is_too_deep(raw):
        raise MalformedJson("depth")
    try:
        try:
            return msgspec.json.decode(raw, type=type_)
        except msgspec.ValidationError as error:
            # It may come before something further on that is no JSON at all.
            raise Invalid(str(error), errors=_all_errors(raw, type_, error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJson(str(error)) from error


def decode_query(raw: bytes, type_: type[S]) -> S:
    """Each parameter at most once; numbers and booleans are read from their text."""
    if not raw:
        empty: S = _without_parameters(type_)
        return empty
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid(errors=[FieldError("", "wrong_format", "the query string cannot be read")]) from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Invalid(errors=[FieldError("", "repeated", "a parameter is given more than once")])
    if any("\0" in value for value in values.values()):
        raise Invalid(errors=[FieldError("", "invalid_text", "NUL is not allowed")])
    return _converted(values, type_)


def _converted(values: dict[str, str], type_: type[S]) -> S:
    try:
        return msgspec.convert(values, type_, strict=False)
    except msgspec.ValidationError as error:
        found = _field_error(str(error))
        raise Invalid(
            str(error), errors=[FieldError(found.pointer.lstrip("/"), found.code, found.detail)]
        ) from error


@cache
def _without_parameters(type_: type[S]) -> S:
    """Most requests have none; the structs are frozen, so one will do for all."""
    return _converted({}, type_)


def _all_errors(raw: bytes, type_: type[S], first: Exception) -> list[FieldError]:
    """Check the fields one by one, since decoding stops at the first that is wrong.

    What is no field here is checked to be JSON but not decoded: it may be large, and the event loop waits.
    """
    raw.decode()  # the decoder does not look into strings that it skips
    try:
        values = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        msgspec.json.decode(raw, type=msgspec.Raw)
        return [_field_error(str(first))]
    known = {field.encode_name: field for field in msgspec.structs.fields(type_)}
    unknown = islice((name for name in values if name not in known), MAX_ERRORS)
    found = [FieldError("/" + _escape(name), "unknown_field", "is not a field here") for name in unknown]
    for name, field in known.items():
        if name not in values:
            if field.required:
                found.append(FieldError("/" + name, "missing_field", "is required"))
            continue
        try:
            msgspec.json.decode(values[name], type=field.type)
        except msgspec.ValidationError as error:
            inner = _field_error(str(error))
            found.append(FieldError(f"/{name}{inner.pointer}", inner.code, inner.detail))
    return found[:MAX_ERRORS] or [_field_error(str(first))]


def _field_error(message: str) -> FieldError:
    path = _PATH.match(message)
    steps = _STEP.findall(path[2]) if path else []
    pointer = "".join("/" + _escape(name or index) for name, index in steps)
    text = message[: path.start(1)] if path else message
    code = next((code for part, code in CODES if part in text), "invalid")
    if code in ("missing_field", "unknown_field") and (named := _NAMED.search(text)):
        pointer += "/" + _escape(named[1])
    return FieldError(pointer, code, text[0].lower() + text[1:] if text else "is not acceptable")


def _escape(step: Any) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")[:100]
