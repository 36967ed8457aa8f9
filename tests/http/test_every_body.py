"""Any JSON in any body is what the route asked for, or errors that lead to what is wrong."""

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.app import all_routes
from hubbub.errors import FieldError, Invalid, MalformedJson
from hubbub.identity.schemas import LoginBody, ProfileBody
from hubbub.platform.http.decoding import decode_body, decode_query

BODIES = sorted(
    {route.body for route in all_routes() if route.body is not None}, key=lambda type_: type_.__name__
)
QUERIES = sorted({route.query for route in all_routes() if route.query is not None}, key=lambda t: t.__name__)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)
CODE = re.compile("[a-z]+(_[a-z]+)*")


def json_for(names: list[str]) -> st.SearchStrategy[Any]:
    """Values of any shape, whose objects often have the fields that are asked for."""
    keys = st.sampled_from(names) | st.text(max_size=10)
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
        max_leaves=12,
    )


def names_in(type_: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(type_)] + ["name", "value", "text"]


def tried(
    decode: Callable[[bytes, type[Any]], Any], raw: bytes, type_: type[msgspec.Struct]
) -> msgspec.Struct | list[FieldError]:
    try:
        found: msgspec.Struct = decode(raw, type_)
    except Invalid as error:
        return list(error.errors)
    return found


def looked_up(value: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer leads to."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def check_that_it_leads_somewhere(value: Any, error: FieldError) -> None:
    assert CODE.fullmatch(error.code)
    assert error.code != "invalid", error.detail
    assert error.detail
    parent, _, name = error.pointer.rpartition("/")
    if error.code == "missing_field":
        assert name not in looked_up(value, parent)
    else:
        looked_up(value, error.pointer)


@pytest.mark.parametrize("type_", BODIES, ids=lambda type_: type_.__name__)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_json_is_a_body_or_errors_that_lead_to_what_is_wrong(
    type_: type[msgspec.Struct], data: st.DataObject
) -> None:
    value = data.draw(json_for(names_in(type_)))

    found = tried(decode_body, json.dumps(value).encode(), type_)

    if isinstance(found, list):
        assert found
        for each in found:
            check_that_it_leads_somewhere(value, each)
    else:
        assert isinstance(found, type_)
        assert set(value) <= set(names_in(type_))


@settings(max_examples=50)
@given(data=st.data(), raw=st.binary(max_size=40))
def test_any_bytes_are_a_body_or_a_problem(data: st.DataObject, raw: bytes) -> None:
    type_ = data.draw(st.sampled_from(BODIES))

    with pytest.raises((Invalid, MalformedJson)):
        decode_body(b'{"no_such_field": 1, ' + raw, type_)


@settings(max_examples=100)
@given(data=st.data(), raw=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40))
def test_any_query_string_is_a_query_or_errors(data: st.DataObject, raw: str) -> None:
    type_ = data.draw(st.sampled_from(QUERIES))

    found = tried(decode_query, raw.encode(), type_)

    if isinstance(found, list):
        assert found
        assert all(CODE.fullmatch(each.code) and each.code != "invalid" for each in found)
    else:
        assert isinstance(found, type_)


@pytest.mark.parametrize("rest", [b", ", b', "x": NaN}', b"} }", b', "a": "\xff"}', b", [}", b""])
@pytest.mark.parametrize(
    "first", [b'{"role": 1', b'{"password": 1', b'["login"', b'{"login": "' + b"a" * 999 + b'"']
)
def test_what_is_no_json_is_malformed_whatever_is_wrong_in_front_of_it(first: bytes, rest: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode_body(first + rest, LoginBody)


@pytest.mark.parametrize("type_", BODIES, ids=lambda type_: type_.__name__)
def test_every_unknown_field_is_named(type_: type[msgspec.Struct]) -> None:
    raw = json.dumps({"is_admin": True, "a/b": 1, "~": 2}).encode()

    with pytest.raises(Invalid) as caught:
        decode_body(raw, type_)

    unknown = {error.pointer for error in caught.value.errors if error.code == "unknown_field"}
    assert unknown == {"/is_admin", "/a~1b", "/~0"}


@pytest.mark.parametrize("type_", BODIES, ids=lambda type_: type_.__name__)
def test_every_required_field_is_named_at_once(type_: type[msgspec.Struct]) -> None:
    required = {f"/{field.encode_name}" for field in msgspec.structs.fields(type_) if field.required}
    if not required:
        assert isinstance(decode_body(b"{}", type_), type_)
        return

    with pytest.raises(Invalid) as caught:
        decode_body(b"{}", type_)

    assert {(error.pointer, error.code) for error in caught.value.errors} == {
        (pointer, "missing_field") for pointer in required
    }


@pytest.mark.parametrize("name", ["`", "a`b", " - at `$.fields`", "x` - at `$.bio", "a\nb", "$", "[0]", "é"])
def test_a_made_up_name_cannot_point_elsewhere(name: str) -> None:
    raw = json.dumps({"fields": [{"name": "a", "value": "b"}, {"name": "a", "value": "b", name: 1}]}).encode()

    with pytest.raises(Invalid) as caught:
        decode_body(raw, ProfileBody)

    assert [error.pointer for error in caught.value.errors] == [f"/fields/1/{name}"]
