"""What the feeds keep in a process, and what they do when something has changed."""

from functools import partial

from hubbub.feeds.celebrities import TOPIC, Celebrities
from hubbub.feeds.fanout import FanOut
from hubbub.feeds.home_lists import HomeLists
from hubbub.feeds.homes import Homes
from hubbub.feeds.reposts import Reposts
from hubbub.feeds.telling import FeedTelling
from hubbub.platform.live import LiveLog
from hubbub.platform.services import Services
from hubbub.platform.stamps import Stamps


async def start_feeds(services: Services) -> None:
    settings, changes = services.settings.feeds, services.changes
    stamps = Stamps(services.valkey, ttl_seconds=settings.home_list_days * 86_400)
    lists = HomeLists(services.valkey, settings)
    celebrities = Celebrities(services.db)
    services.add(stamps)
    services.add(lists)
    services.add(celebrities)
    reposts = Reposts(services.db)
    services.add(reposts)
    services.add(Homes())
    telling = FeedTelling(services.part(LiveLog))
    services.add(telling)
    services.add(FanOut(lists, celebrities, telling, settings.celebrity_followers))
    changes.on("relations", spread=partial(stamps.touch, "relations"))
    changes.on("reactions", spread=partial(stamps.touch, "reactions"))
    changes.on("author", spread=partial(stamps.touch, "posts"))
    changes.on("author", hear=celebrities.forget_posts, on_gap=celebrities.forget_all_posts)
    changes.on("home", spread=lists.drop)
    changes.on("counts", hear=reposts.hear, on_gap=reposts.forget_all)
    changes.on(TOPIC, hear=celebrities.refresh_soon, on_gap=celebrities.refresh_soon)
