"""The AsyncAPI 3.0 document of the stream, made from the types of its frames."""

from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec

from hubbub.stream.client_frames import ClientFrame
from hubbub.stream.closing import MEANINGS
from hubbub.stream.event_types import SERVER_FRAMES, FrameType, schemas_of
from hubbub.stream.schemas import StreamQuery

EVENT_ID = {"type": "string", "maxLength": 64, "examples": ["1764038400000-0"]}
_INTRODUCTION = """\
One connection for everything live, by WebSocket or as server-sent events. Each message is one JSON object
`{id?, type, data?}`. What has an `id` is kept for a day: connect with `?resume_from=` (for server-sent
events `Last-Event-ID`) and what came since is sent again, or `reset`. Ignore types that you do not know."""


def describe_stream(*, version: str, public_url: str) -> dict[str, Any]:
    """Plain data, ready for JSON."""
    client_types = list(get_args(ClientFrame))
    data_types = [each.data for each in SERVER_FRAMES.values() if each.data is not None]
    (query, *found), components = schemas_of([StreamQuery, *client_types, *data_types])
    data = dict(zip(data_types, found[len(client_types) :], strict=True))
    received = {name: _server_message(name, each, data) for name, each in SERVER_FRAMES.items()}
    sent = {
        _tag(type_): _client_message(type_, schema)
        for type_, schema in zip(client_types, found, strict=False)
    }
    url = urlsplit(public_url)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Hubbub, live", "version": version, "description": _INTRODUCTION},
        "defaultContentType": "application/json",
        "servers": {
            "websocket": {"host": url.netloc, "protocol": "wss" if url.scheme == "https" else "ws"},
            "events": {"host": url.netloc, "protocol": url.scheme},
        },
        "channels": {"stream": _channel(query, [*received, *(f"client.{name}" for name in sent)])},
        "operations": {
            "receive": _operation("send", "What the server sends.", list(received)),
            "say": _operation("receive", "What clients may send.", [f"client.{name}" for name in sent]),
        },
        "components": {
            "messages": received | {f"client.{name}": message for name, message in sent.items()},
            "schemas": components,
        },
        "x-close-codes": {
            str(code.value): {"name": code.name.lower(), "description": text}
            for code, text in MEANINGS.items()
        },
    }


def _channel(query: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {
        "address": "/v1/stream",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET", "query": query, "bindingVersion": "0.1.0"}},
    }


def _operation(action: str, summary: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/stream"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/stream/messages/{name}"} for name in names],
    }


def _server_message(name: str, each: FrameType, data: dict[Any, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"type": {"const": name}}
    if each.is_kept:
        properties["id"] = EVENT_ID
    if each.data is not None:
        properties["data"] = data[each.data]
    payload = {"type": "object", "properties": properties, "required": sorted(properties)}
    return {"name": name, "summary": each.summary, "payload": payload}


def _client_message(type_: Any, schema: dict[str, Any]) -> dict[str, Any]:
    message = {"name": _tag(type_), "payload": schema}
    return message | ({"summary": type_.__doc__.strip()} if type_.__doc__ else {})


def _tag(type_: Any) -> str:
    config = msgspec.inspect.type_info(type_)
    assert isinstance(config, msgspec.inspect.StructType)  # noqa: S101 - these are our own
    return str(config.tag)
