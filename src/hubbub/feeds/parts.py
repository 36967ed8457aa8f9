"""What the feeds keep in a process, and what they do when something has changed."""

from functools import partial

from hubbub.feeds.home_lists import HomeLists
from hubbub.platform.services import Services
from hubbub.platform.stamps import Stamps


async def start_feeds(services: Services) -> None:
    settings = services.settings.feeds
    stamps = Stamps(services.valkey, ttl_seconds=settings.home_list_days * 86_400)
    lists = HomeLists(services.valkey, settings)
    services.add(stamps)
    services.add(lists)
    services.changes.on("relations", spread=partial(stamps.touch, "relations"))
    services.changes.on("reactions", spread=partial(stamps.touch, "reactions"))
    services.changes.on("author", spread=partial(stamps.touch, "posts"))
    services.changes.on("home", spread=lists.drop)
