"""The HTTP layer that slices write their routes with: declare, decode, admit, answer, describe."""

from hubbub.platform.http.application import Application
from hubbub.platform.http.decoding import decode_query
from hubbub.platform.http.openapi import ApiDocument, describe
from hubbub.platform.http.replies import Reply, encode_reply, join_page, quote_etag, versioned
from hubbub.platform.http.requests import Request, Viewer
from hubbub.platform.http.routing import Route, Router, Routes
from hubbub.platform.http.spending import spend
from hubbub.platform.http.streams import EventStream
from hubbub.platform.http.types import (
    MAX_IDS,
    Body,
    Count,
    Cursor,
    Id,
    IdList,
    Limit,
    PageQuery,
    Query,
    Time,
    Url,
    View,
    parse_id,
    parse_ids,
    show_id_time,
    show_time,
)

__all__ = [
    "MAX_IDS",
    "ApiDocument",
    "Application",
    "Body",
    "Count",
    "Cursor",
    "EventStream",
    "Id",
    "IdList",
    "Limit",
    "PageQuery",
    "Query",
    "Reply",
    "Request",
    "Route",
    "Router",
    "Routes",
    "Time",
    "Url",
    "View",
    "Viewer",
    "decode_query",
    "describe",
    "encode_reply",
    "join_page",
    "parse_id",
    "parse_ids",
    "quote_etag",
    "show_id_time",
    "show_time",
    "spend",
    "versioned",
]
