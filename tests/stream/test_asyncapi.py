"""The AsyncAPI document says what streams carry."""

import json
import re
from typing import Any, get_args

import msgspec
import pytest

from hubbub.stream import describe_stream
from hubbub.stream.client_frames import ClientFrame, read_client_frame
from hubbub.stream.closing import CloseCode
from hubbub.stream.event_types import SERVER_FRAMES
from tests.support.world import World

DOCUMENT = describe_stream(version="1", public_url="https://hubbub.example")


def nodes(node: Any) -> list[dict[str, Any]]:
    found = [node] if isinstance(node, dict) else []
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return found + [inner for child in children for inner in nodes(child)]


async def test_it_is_served(world: World) -> None:
    reply = await world.get("/asyncapi.json")

    assert reply.json()["asyncapi"] == "3.0.0"
    assert reply.headers["content-type"] == "application/json"


def test_it_has_every_frame_and_every_code() -> None:
    said = {each["name"] for name, each in DOCUMENT["components"]["messages"].items() if "client." in name}

    assert (
        said
        == {"subscribe", "unsubscribe", "auth", "ping", "typing"}
        == {
            str(msgspec.inspect.type_info(type_).tag)  # type: ignore[attr-defined]
            for type_ in get_args(ClientFrame)
        }
    )
    assert DOCUMENT["components"]["messages"].keys() >= SERVER_FRAMES.keys()
    assert DOCUMENT["x-close-codes"].keys() == {str(int(code)) for code in CloseCode}


def test_references_lead_somewhere() -> None:
    for node in nodes(DOCUMENT):
        place: Any = DOCUMENT
        for step in node.get("$ref", "#/")[2:].split("/"):
            place = place[step] if step else place
        assert place is not None


def test_every_string_and_list_is_bounded() -> None:
    loose = [
        node
        for node in nodes(DOCUMENT)
        if (node.get("type") == "string" and not {"maxLength", "enum", "const", "format"} & node.keys())
        or (node.get("type") == "array" and "maxItems" not in node)
    ]

    assert loose == []


@pytest.mark.parametrize("name", SERVER_FRAMES)
def test_what_is_kept_has_an_id(name: str) -> None:
    payload = DOCUMENT["components"]["messages"][name]["payload"]

    assert ("id" in payload["properties"]) == SERVER_FRAMES[name].is_kept
    assert ("data" in payload["properties"]) == (SERVER_FRAMES[name].data is not None)


def test_its_examples_are_frames() -> None:
    for type_ in get_args(ClientFrame):
        tag = str(msgspec.inspect.type_info(type_).tag)  # type: ignore[attr-defined]
        schema = DOCUMENT["components"]["messages"][f"client.{tag}"]["payload"]
        resolved = DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]]
        example: dict[str, Any] = {"type": tag}
        for field, each in resolved["properties"].items():
            if field != "type":
                samples = each.get("items", each).get("examples", ["token"])
                example[field] = [samples[0]] if each["type"] == "array" else samples[0]
        assert isinstance(read_client_frame(json.dumps(example).encode()), type_)


def test_it_names_no_host_but_ours() -> None:
    assert set(re.findall(r"[a-z]+://[^\"/]+", json.dumps(DOCUMENT))) <= {"https://hubbub.example"}
