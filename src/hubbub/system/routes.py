from typing import Annotated

from msgspec import Meta

from hubbub import accounts, graph, lists, messages, posts, reactions
from hubbub.platform.http import MAX_IDS, ApiDocument, Count, Reply, Request, Routes, Url, View, encode_reply
from hubbub.platform.paging import MAX_LIMIT
from hubbub.platform.text.entities import MAX_LINKS, MAX_MENTIONS, MAX_TAGS
from hubbub.platform.text.handles import MAX_HANDLE_LENGTH, MIN_HANDLE_LENGTH
from hubbub.platform.text.passwords import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from hubbub.system.version import VERSION

routes = Routes("System")


class PostLimits(View, frozen=True, kw_only=True):
    """Of one post. More mentions are refused; further tags and links are plain text."""

    characters: Count = posts.MAX_CHARACTERS
    content_warning_characters: Count = posts.MAX_WARNING_CHARACTERS
    mentions: Count = MAX_MENTIONS
    tags: Count = MAX_TAGS
    links: Count = MAX_LINKS
    comment_levels: Count = posts.MAX_LEVELS
    poll_options: Count = posts.MAX_OPTIONS
    poll_option_characters: Count = posts.MAX_OPTION_CHARACTERS
    min_poll_seconds: Count = posts.MIN_POLL_SECONDS
    max_poll_seconds: Count = posts.MAX_POLL_SECONDS


class AccountLimits(View, frozen=True, kw_only=True):
    min_handle_characters: Count = MIN_HANDLE_LENGTH
    max_handle_characters: Count = MAX_HANDLE_LENGTH
    min_password_characters: Count = MIN_PASSWORD_LENGTH
    max_password_characters: Count = MAX_PASSWORD_LENGTH
    display_name_characters: Count = accounts.MAX_NAME_CHARACTERS
    bio_characters: Count = accounts.MAX_BIO_CHARACTERS
    fields: Count = accounts.MAX_FIELDS
    links: Count = accounts.MAX_LINKS
    pins: Count = reactions.MAX_PINS
    follows: Count = graph.MAX_FOLLOWS
    lists: Count = lists.MAX_LISTS


class ListLimits(View, frozen=True, kw_only=True):
    """Of one list of people."""

    members: Count = lists.MAX_MEMBERS
    title_characters: Count = lists.MAX_TITLE_CHARACTERS


class ConversationLimits(View, frozen=True, kw_only=True):
    """Of a conversation and its messages."""

    members: Count = messages.MAX_MEMBERS
    name_characters: Count = messages.MAX_NAME_CHARACTERS
    message_characters: Count = messages.MAX_TEXT_CHARACTERS
    edit_seconds: Count = messages.EDIT_SECONDS
    messages_before_acceptance: Count = messages.MAX_BEFORE_ACCEPTANCE


class PageLimits(View, frozen=True, kw_only=True):
    items: Count = MAX_LIMIT
    ids: Count = MAX_IDS
    """In one request for many by their ids."""


class InstanceView(View, frozen=True, kw_only=True):
    """What a client needs to know of this server before it signs anyone in."""

    name: Annotated[str, Meta(max_length=100)] = "Hubbub"
    version: Annotated[str, Meta(max_length=40)] = VERSION
    api_versions: Annotated[tuple[Annotated[str, Meta(max_length=10)], ...], Meta(max_length=10)] = ("v1",)
    url: Url
    documentation: Url
    openapi: Url
    post: PostLimits = PostLimits()
    account: AccountLimits = AccountLimits()
    list: ListLimits = ListLimits()
    conversation: ConversationLimits = ConversationLimits()
    page: PageLimits = PageLimits()


@routes.get("/openapi.json", returns=bytes, auth="none", budget="none")
async def get_openapi(request: Request) -> Reply:
    """The OpenAPI 3.1 document of this API."""
    document = request.services.part(ApiDocument)
    return Reply(document.body, headers={"Cache-Control": "public, max-age=300"})


@routes.get("/v1/instance", returns=InstanceView, auth="none")
async def get_instance(request: Request) -> Reply:
    """Name, version and limits of this server."""
    url = request.services.public_url
    view = InstanceView(url=url, documentation=f"{url}/docs", openapi=f"{url}/openapi.json")
    return Reply(encode_reply(view, 200).body, headers={"Cache-Control": "public, max-age=300"})
