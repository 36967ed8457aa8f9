"""The API's own OpenAPI document, in which ids are those of things that exist while a test runs."""

from collections.abc import Iterator
from typing import Any

import msgspec

from hubbub.app import all_routes
from hubbub.platform.http import describe
from hubbub.platform.http.types import ID_PATTERN

# Stand for what a test makes first; the gateway puts the real ids in their place.
STAND_INS = {
    name: f"90000000000000000{number:02}"
    for number, name in enumerate(
        (
            "own_post",
            "open_post",
            "narrow_post",
            "hidden_post",
            "comment",
            "repost",
            "own_account",
            "open_account",
            "private_account",
            "requester",
            "session",
            "list",
            "subscription",
            "conversation",
            "message",
        )
    )
}
NEVER_ID = "7"
IDS = [*STAND_INS.values(), NEVER_ID, "9223372036854775807"]
ID_LISTS = [",".join(IDS[:6]), ",".join(IDS[6:]), IDS[0], NEVER_ID]


def document() -> dict[str, Any]:
    """As it is served, but that ids in requests are chosen among IDS."""
    whole: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(describe(all_routes(), version="0", public_url="http://test"))
    )
    for operation in _operations(whole):
        for parameter in operation["parameters"]:
            _choose(parameter["schema"])
        for name in _bodies(operation):
            for field in whole["components"]["schemas"][name]["properties"].values():
                for schema in (field, *field.get("anyOf", ())):
                    _choose(schema)
    return whole


def _operations(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in whole["paths"].values():
        yield from path.values()


def _bodies(operation: dict[str, Any]) -> Iterator[str]:
    if "requestBody" in operation:
        reference: str = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        yield reference.rsplit("/", 1)[1]


def _choose(schema: dict[str, Any]) -> None:
    pattern = schema.get("pattern", "")
    if pattern == ID_PATTERN:
        schema["enum"] = IDS
    elif pattern.startswith(ID_PATTERN.rstrip("$")):
        schema["enum"] = ID_LISTS
