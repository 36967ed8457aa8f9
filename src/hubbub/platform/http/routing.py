"""Routes as slices declare them, and the table that finds one by method and path."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, Unpack, get_args, get_type_hints

import msgspec

from hubbub.errors import AppError, NotFound
from hubbub.platform.http.decoding import decode_body, decode_query
from hubbub.platform.http.requests import Request
from hubbub.platform.http.types import parse_id
from hubbub.platform.rates import RouteClass
from hubbub.platform.valkey import Ask

Handler = Callable[..., Awaitable[Any]]
Auth = Literal["required", "optional", "none"]
# No segment of a path is this.
PARAMETER = "/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Options(TypedDict, total=False):
    """What a route can say of itself beside its method and path."""

    returns: Any
    """Type of the reply's body; bytes for ready-made bodies, None for none."""
    status: int
    """Of a success: 200, or 204 when nothing is returned, unless said otherwise."""
    auth: Auth
    budget: str
    """Rate budget class: read for GET and write for the rest, unless said otherwise; none for no charge."""
    errors: Sequence[type[AppError]]
    media_type: str
    is_conditional: bool
    """Whether the route honours If-None-Match (GET) or If-Match."""
    is_once: bool
    """Whether 200 says that what was asked for was there already, and 201 that it is new."""
    has_preview: bool
    """Whether `?preview=true` answers 200 with what would be, and changes nothing."""
    takes_ticket: bool
    """Whether `?ticket=` says who asks when no bearer token does (`TicketOffice`)."""
    ahead: Callable[[Request], Ask[Any] | None]
    """Asks Valkey for what the handler needs in the round trip of the rate budget; see `Request.ahead`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation, with all that the OpenAPI document and the rate budgets need to know of it."""

    method: str
    path: str
    handler: Handler
    operation: str
    tag: str
    status: int
    returns: Any
    auth: Auth
    budget: str
    errors: tuple[type[AppError], ...]
    body: type[msgspec.Struct] | None
    is_body_optional: bool
    query: type[msgspec.Struct] | None
    parameters: tuple[str, ...]
    media_type: str
    is_conditional: bool
    is_once: bool
    has_preview: bool
    takes_ticket: bool
    ahead: Callable[[Request], Ask[Any] | None] | None
    description: str

    async def call(self, request: Request, arguments: Sequence[str]) -> Any:
        """Check what was sent, then run the handler. Raises NotFound, Invalid or MalformedJson."""
        values: dict[str, Any] = {}
        for name, text in zip(self.parameters, arguments, strict=True):
            values[name] = self._read_parameter(name, text)
        if self.query is not None:
            values["query"] = decode_query(request.query_string, self.query)
        if self.body is not None:
            is_left_out = self.is_body_optional and not request.body
            values["body"] = None if is_left_out else decode_body(request.body, self.body)
        return await self.handler(request, **values)

    def _read_parameter(self, name: str, text: str) -> int | str:
        if not name.endswith("_id"):
            return text
        number = parse_id(text)
        if number is None:
            # Answered like an id that was never given out: it could not exist.
            raise next((error for error in self.errors if issubclass(error, NotFound)), NotFound)(text[:40])
        return number


@dataclass(slots=True)
class Routes:
    """The routes of one slice. Path parameters named `…_id` arrive as numbers, others as text.

    A handler's parameters after `request` are its path parameters, `query` (a Query struct) and
    `body` (a Body struct, or `| None` where it may be left out). It returns a struct, None (204) or a Reply.
    """

    tag: str
    found: list[Route] = field(default_factory=list)

    def add(self, method: str, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        returns = options.get("returns")

        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            body, is_body_optional = _body_type(hints.get("body"))
            budget = options.get("budget", "read" if method == "GET" else "write")
            if budget not in (*RouteClass, "none"):
                raise ValueError(f"{handler.__name__}: there is no budget {budget}")
            names = [name for name in inspect.signature(handler).parameters if name != "request"]
            in_path = tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))
            unknown = set(names) - {*in_path, "query", "body"}
            if unknown or set(in_path) - set(names):
                raise TypeError(f"{handler.__name__} does not take what {path} gives: {unknown or in_path}")
            self.found.append(
                Route(
                    method=method,
                    path=path,
                    handler=handler,
                    operation=_camel(handler.__name__),
                    tag=self.tag,
                    status=options.get("status", 204 if returns is None else 200),
                    returns=returns,
                    auth=options.get("auth", "required"),
                    budget=budget,
                    errors=tuple(options.get("errors", ())),
                    body=body,
                    is_body_optional=is_body_optional,
                    query=hints.get("query"),
                    parameters=in_path,
                    media_type=options.get("media_type", "application/json"),
                    is_conditional=options.get("is_conditional", False),
                    is_once=options.get("is_once", False),
                    has_preview=options.get("has_preview", False),
                    takes_ticket=options.get("takes_ticket", False),
                    ahead=options.get("ahead"),
                    description=inspect.getdoc(handler) or "",
                )
            )
            return handler

        return register

    def get(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.add("GET", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.add("POST", path, **options)

    def put(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.add("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.add("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> Callable[[Handler], Handler]:
        return self.add("DELETE", path, **options)


class Router:
    """Finds a route by its path's segments: a tree of dicts, fixed names before parameters."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._root: dict[str, Any] = {}
        for route in routes:
            node = self._root
            for segment in _segments(route.path):
                node = node.setdefault(PARAMETER if segment.startswith("{") else segment, {})
            methods = node.setdefault("", {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.path} is there twice")
            methods[route.method] = route

    def find(self, path: str) -> tuple[dict[str, Route], list[str]] | None:
        """The routes by method at this path, and the texts of its parameters; None where nothing is."""
        node = self._root
        arguments: list[str] = []
        for segment in _segments(path):
            child = node.get(segment) if segment else None
            if child is None:
                child = node.get(PARAMETER) if segment else None
                if child is None:
                    return None
                arguments.append(segment)
            node = child
        methods = node.get("")
        return (methods, arguments) if methods else None


def _segments(path: str) -> list[str]:
    return path[1:].split("/") if path != "/" else []


def _body_type(hint: Any) -> tuple[Any, bool]:
    """The struct that a body is decoded into, and whether it may be left out (`NewThing | None`)."""
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    return (kinds[0], True) if kinds else (hint, False)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
