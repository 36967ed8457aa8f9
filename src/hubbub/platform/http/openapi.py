"""The OpenAPI 3.1 document, made from the routes: every parameter, body, reply and error, all bounded."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from hubbub import errors
from hubbub.errors import AppError
from hubbub.platform.http.routing import Route
from hubbub.platform.http.shares import TooManyAtOnce
from hubbub.platform.http.streams import EVENT_STREAM, EventStream
from hubbub.platform.http.types import ID_PATTERN, MAX_CONDITION_LENGTH
from hubbub.platform.problems import Problem


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """The document as JSON, made once per process."""

    body: bytes


REF = "#/components/schemas/{name}"
ALWAYS: tuple[type[AppError], ...] = (errors.BadRequest, errors.TooMany, errors.Unavailable, errors.AppError)
# The front reads what is sent along, even where nobody asked for it.
WITH_IGNORED_BODY: tuple[type[AppError], ...] = (
    errors.RequestTimeout,
    errors.BodyTooLarge,
    errors.UnsupportedMedia,
)
WITH_BODY: tuple[type[AppError], ...] = (
    errors.MalformedJson,
    errors.RequestTimeout,
    errors.BodyTooLarge,
    errors.UnsupportedMedia,
    errors.Invalid,
)


def describe(routes: Sequence[Route], *, version: str, public_url: str) -> dict[str, Any]:
    """Return the document as plain data, ready for JSON. Operations come in the order of `routes`."""
    types = _types(routes)
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    by_type = dict(zip(map(_key, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hubbub",
            "version": version,
            "summary": "The backend of a social app.",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": dict(paths),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The `access_token` of register, login or refresh.",
                }
            },
        },
    }


def _types(routes: Sequence[Route]) -> list[Any]:
    found: dict[str, Any] = {_key(Problem): Problem}
    for route in routes:
        for type_ in (route.body, route.query, route.returns):
            if type_ not in (None, bytes, EventStream):
                found[_key(type_)] = type_
    return list(found.values())


def _key(type_: Any) -> str:
    return repr(type_)


def _operation(route: Route, by_type: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    summary, _, rest = route.description.partition("\n")
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [route.tag],
        "summary": summary.rstrip("."),
        "parameters": _parameters(route, by_type, components),
        "responses": _responses(route, by_type),
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.is_body_optional,
            "content": {"application/json": {"schema": by_type[_key(route.body)]}},
        }
    if route.auth == "required":
        operation["security"] = [{"bearer": []}]
    elif route.auth == "optional":
        operation["security"] = [{}, {"bearer": []}]
    else:
        operation["security"] = []
    return operation


def _parameters(route: Route, by_type: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in route.parameters:
        schema = {"type": "string", "minLength": 1, "maxLength": 100}
        if name.endswith("_id"):
            schema = {"type": "string", "pattern": ID_PATTERN, "maxLength": 19}
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    if route.query is not None:
        schema = components[by_type[_key(route.query)]["$ref"].rsplit("/", 1)[1]]
        required = schema.get("required", ())
        for name, spec in schema["properties"].items():
            entry = {"name": name, "in": "query", "required": name in required, "schema": _without_null(spec)}
            if "description" in spec:
                entry["description"] = spec["description"]
            found.append(entry)
    found += [_HEADERS[name] for name in _header_names(route)]
    return found


def _without_null(spec: dict[str, Any]) -> dict[str, Any]:
    """A query string has no null: what is optional is left out."""
    options = [option for option in spec.get("anyOf", ()) if option != {"type": "null"}]
    kept = {name: value for name, value in spec.items() if name != "anyOf"}
    if kept.get("default", "") is None:
        del kept["default"]
    if len(options) == 1:
        return {**options[0], **kept}
    return {**kept, "anyOf": options} if options else kept


def _header_names(route: Route) -> list[str]:
    names = []
    if route.method in ("POST", "PATCH"):
        names.append("Idempotency-Key")
    if route.is_conditional:
        names.append("If-None-Match" if route.method == "GET" else "If-Match")
    return names


def _responses(route: Route, by_type: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {str(route.status): _success(route, by_type)}
    if route.returns is EventStream:
        responses["101"] = {"description": "The connection is a WebSocket from here on."}
    if route.has_preview:
        responses["200"] = {**_success(route, by_type), "description": "A preview; nothing was done."}
    if route.is_once:
        responses["200"] = {**_success(route, by_type), "description": "It was there already."}
    if route.is_conditional and route.method == "GET":
        responses["304"] = {"description": "The client holds this version already."}
    grouped: dict[int, list[type[AppError]]] = defaultdict(list)
    for error in dict.fromkeys(_errors(route)):
        grouped[error.status].append(error)
    for status, members in sorted(grouped.items()):
        responses[str(status)] = {
            "description": " ".join(f"`{error.code}`: {error.message}" for error in members),
            "content": {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}},
        }
        if status in (429, 503):
            responses[str(status)]["headers"] = {
                "Retry-After": {
                    "description": "Seconds to wait.",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
    return responses


def _success(route: Route, by_type: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any]
    if route.returns is None:
        return {"description": "Done."}
    if route.returns is EventStream:
        shown = "Events as they come, until one side closes."
        schema = {"type": "string", "format": "event-stream", "description": shown}
        return {"description": "Open.", "content": {EVENT_STREAM: {"schema": schema}}}
    if route.returns is not bytes:
        schema = by_type[_key(route.returns)]
    elif route.media_type == "application/json":
        schema = {"type": "object"}
    else:
        schema = {"type": "string", "maxLength": 1_000_000}
    return {"description": "Done.", "content": {route.media_type: {"schema": schema}}}


def _errors(route: Route) -> list[type[AppError]]:
    found = [*route.errors, *ALWAYS]
    if route.body is not None:
        found += WITH_BODY
    elif route.method != "GET":
        found += WITH_IGNORED_BODY
    if route.query is not None:
        found.append(errors.Invalid)
    if route.returns is EventStream:
        found.append(errors.UpgradeRequired)
    if route.auth != "none":
        found += [errors.Unauthorized, errors.NotAllowed, TooManyAtOnce]
    if route.parameters:
        found.append(errors.NotFound)
    if route.method in ("POST", "PATCH"):
        found += [errors.Conflict, errors.Invalid]
    if route.is_conditional and route.method != "GET":
        found.append(errors.PreconditionFailed)
    return found


_HEADERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Your own key for this request; sent again within 24 hours it gives the first reply.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]{1,255}$"},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of the version that you hold; answers 304 while it is current.",
        "schema": {"type": "string", "maxLength": MAX_CONDITION_LENGTH},
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of the version that you change; answers 412 when it is no longer current.",
        "schema": {"type": "string", "maxLength": MAX_CONDITION_LENGTH},
    },
}

_INTRODUCTION = """\
JSON in and out. Ids are strings, times are RFC 3339 in UTC with milliseconds. Lists are pages:
`items`, and `next` and `prev` as opaque cursors (the same in the `Link` header). Errors are
`application/problem+json` (RFC 9457) with a stable `code`. `PUT` and `DELETE` on a relation may be
repeated. What you may not see is answered like what does not exist."""
