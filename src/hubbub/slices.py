"""The slices, in the order in which they may use each other: a later one may use an earlier one."""

from collections.abc import Awaitable, Callable

from hubbub.accounts import start_accounts
from hubbub.accounts.reactors import register as react_accounts
from hubbub.feeds.parts import start_feeds
from hubbub.feeds.reactors import register as react_feeds
from hubbub.feeds.routes import routes as feeds
from hubbub.graph.reactors import register as react_graph
from hubbub.graph.routes import ROUTES as GRAPH
from hubbub.graph.routes import start_graph
from hubbub.identity import ROUTES as IDENTITY
from hubbub.identity import register_reactions as react_to_identity
from hubbub.identity import start_identity
from hubbub.interactions.routes import routes as interactions
from hubbub.lists import start_lists
from hubbub.lists.reactors import register as react_lists
from hubbub.lists.routes import routes as lists
from hubbub.messages import ROUTES as MESSAGES
from hubbub.messages import start_messages
from hubbub.messages.reactors import register as react_messages
from hubbub.notifications.reactors import register as react_notifications
from hubbub.notifications.routes import routes as notifications
from hubbub.platform.http import Routes
from hubbub.platform.outbox import Reactions
from hubbub.platform.services import Services
from hubbub.posts import start_posts
from hubbub.posts.reactors import register as react_posts
from hubbub.posts.routes import routes as posts
from hubbub.profiles.routes import routes as profiles
from hubbub.push import ROUTES as PUSH
from hubbub.push import start_push
from hubbub.push.reactors import register as react_push
from hubbub.reactions import start_reactions
from hubbub.stream import start_stream
from hubbub.stream.reactors import register as react_stream
from hubbub.stream.routes import routes as stream
from hubbub.system.docs_page import routes as docs_page
from hubbub.system.health import routes as health
from hubbub.system.live_page import routes as live_page
from hubbub.system.routes import routes as system

ROUTES: tuple[Routes, ...] = (
    *IDENTITY,
    profiles,
    *GRAPH,
    posts,
    interactions,
    lists,
    feeds,
    notifications,
    *MESSAGES,
    *PUSH,
    stream,
    system,
    health,
    live_page,
    docs_page,
)
"""What each slice answers."""

STARTERS: tuple[Callable[[Services], Awaitable[None]], ...] = (
    start_accounts,
    start_identity,
    start_graph,
    start_reactions,
    start_posts,
    start_lists,
    start_feeds,
    start_messages,
    start_push,
    start_stream,
)
"""What each slice puts into a starting process (`services.add`): its caches, keys and subscriptions."""

REACTORS: tuple[Callable[[Reactions, Services], None], ...] = (
    react_accounts,
    react_to_identity,
    react_graph,
    react_posts,
    react_lists,
    react_feeds,
    react_notifications,
    react_messages,
    react_push,
    react_stream,
)
"""What each slice does in the worker when others announce: functions that register its handlers."""
