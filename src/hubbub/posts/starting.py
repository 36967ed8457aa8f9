"""What a process keeps of posts and of those who read them, and how it hears that it has changed."""

from hubbub.platform.services import Services
from hubbub.platform.tallies import Tallies
from hubbub.posts.authored import AuthoredIds
from hubbub.posts.service.press import Press
from hubbub.posts.store import PostStore
from hubbub.posts.viewers import Viewers


async def start_posts(services: Services) -> None:
    store = PostStore(services.db, services.valkey)
    services.add(store)
    services.changes.on("post", hear=store.hear, spread=store.spread, on_gap=store.forget_all)
    tallies = Tallies(services.db)
    services.add(tallies)
    services.changes.on(
        "counts",
        hear=tallies.changed_here,
        hear_from_others=tallies.changed_elsewhere,
        on_gap=tallies.forget_all,
    )
    services.add(Viewers(services.db))
    services.add(AuthoredIds())
    services.add(Press(services.db))
