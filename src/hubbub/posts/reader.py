"""One reader's way to posts: hydrated from what is cached, judged by the rule, shown as joined bytes.

Whether what is cached still counts is learnt in the one round trip to Valkey that every request makes
anyway: the viewer's stamp comes with it, and changes to posts, people and counts are heard from those who
make them. Where that cannot be known, everything is read from PostgreSQL.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hubbub.accounts import Fragment, load_fragments
from hubbub.platform.http import Request
from hubbub.platform.services import Services
from hubbub.platform.stamps import Stamps
from hubbub.platform.tallies import Tallies, Tally
from hubbub.platform.valkey import Ask, ValkeyRefused, ValkeyUnavailable
from hubbub.posts.errors import PostNotFound
from hubbub.posts.fragments import StoredPost
from hubbub.posts.hydrate import Hydrated
from hubbub.posts.polls import first_end
from hubbub.posts.present import Presenter
from hubbub.posts.queries.posts import Post
from hubbub.posts.store import PostStore
from hubbub.posts.viewers import Viewer, Viewers
from hubbub.visibility import Facts, Relation

Part: TypeAlias = StoredPost | Fragment | Tally
"""What a page was made of; it holds while all of these are live."""


@dataclass(slots=True)
class Reader:
    """Of one request. `is_direct` while nothing cached can be believed."""

    services: Services
    viewer: Viewer
    is_direct: bool
    has_acted: bool = False
    """Whether the viewer did something since this process last looked: counts must then be exact."""
    stored: dict[int, StoredPost] = field(default_factory=dict)
    people: dict[int, Fragment] = field(default_factory=dict)
    tallies: dict[int, Tally] = field(default_factory=dict)
    hydrated: Hydrated = field(init=False)
    _posts: dict[int, Post] = field(default_factory=dict)
    _relations: dict[int, Relation] = field(default_factory=dict)
    _asked: set[int] = field(default_factory=set)
    _sought: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        relations = self.viewer.relations
        facts = Facts(self.viewer.id, self.people, self._relations if relations is None else relations)
        self.hydrated = Hydrated(self._posts, facts)

    async def hydrate(self, post_ids: Iterable[int], *, account_ids: Iterable[int] = ()) -> Hydrated:
        """Load posts, all that judging and showing them needs, and facts about authors and `account_ids`."""
        wanted = set(post_ids)
        self._asked |= wanted
        while wanted := wanted - self._sought:
            self._sought |= wanted
            found = await self._load_posts(wanted)
            self.stored |= found
            self._posts.update((id_, each.post) for id_, each in found.items())
            wanted = self._pointed_at()
        authors = {post.author_id for post in self._posts.values()}
        await self.load_people(authors.union(account_ids))
        return self.hydrated

    async def load_people(self, account_ids: Iterable[int]) -> None:
        """Cards and facts."""
        wanted = [id_ for id_ in account_ids if id_ not in self.people]
        if not wanted:
            return
        self.people |= await load_fragments(self.services, "card", wanted, is_direct=self.is_direct)
        if self.viewer.relations is None:
            self._relations |= await self.viewer.load_relations(self.services.db, wanted)

    async def require_visible(self, post_id: int) -> Post:
        """The post, or PostNotFound, alike for missing and hidden posts."""
        post = (await self.hydrate([post_id])).find(post_id)
        if post is None:
            raise PostNotFound(f"{post_id} for {self.viewer.id}")
        return post

    async def present(self, post_ids: Sequence[int]) -> Presenter:
        """All that showing these posts, which are hydrated, needs besides."""
        shown = list(self.hydrated.shown(post_ids))
        await self.load_tallies(shown)
        unknown = self.viewer.reactions.unknown(shown) if self.viewer.id else []
        if unknown:
            async with self.services.db.connection() as tx:
                await self.viewer.reactions.learn(tx, viewer_id=self.viewer.id, post_ids=unknown)
        return Presenter(self.hydrated, self.stored, self.people, self.tallies, self.viewer.reactions)

    async def load_tallies(self, subject_ids: Iterable[int]) -> None:
        """Counts of posts or accounts."""
        tallies = self.services.part(Tallies)
        if self.is_direct:
            self.tallies |= await tallies.load_directly(subject_ids)
        else:
            self.tallies |= await tallies.load(subject_ids, is_exact=self.has_acted)

    def parts(self) -> list[Part]:
        """All that this reader has used so far."""
        return [*self.stored.values(), *self.people.values(), *self.tallies.values()]

    def lasts_until(self, shown_at: float) -> float:
        """When, after that moment, what it shows becomes another by itself: a poll closes. Unix times."""
        return first_end((each.poll for each in self.stored.values()), after=shown_at)

    async def _load_posts(self, post_ids: Iterable[int]) -> dict[int, StoredPost]:
        store = self.services.part(PostStore)
        return await (store.load_directly(post_ids) if self.is_direct else store.load(post_ids))

    def _pointed_at(self) -> set[int]:
        """What the posts asked for embed, and the roots that decide whether each of these may be seen."""
        targets = {post.repost_of for id_, post in self._posts.items() if id_ in self._asked}
        embedding = self._asked.union(id_ for id_ in targets if id_ is not None)
        quotes = {post.quote_of for id_, post in self._posts.items() if id_ in embedding}
        roots = {post.root_id for post in self._posts.values()}
        return {id_ for id_ in targets | quotes | roots if id_ is not None}


def ask_ahead(request: Request) -> Ask[str] | None:
    """For `ahead=` of routes that open a reader: the viewer's stamp comes with the rate budget."""
    viewer = request.viewer_or_none
    return request.services.part(Stamps).look(viewer.id) if viewer is not None else None


async def open_reader(request: Request, *, shows_reactions: bool = True) -> Reader:
    """For whoever asks. The stamp was asked for along with the rate budget where the route says so.

    Without `shows_reactions` it may judge posts, but not present what the viewer did to them.
    """
    services, viewer_id = request.services, request.viewer_id
    stamp: str | None = None
    is_direct = not services.changes.is_listening
    if viewer_id and not is_direct:
        try:
            stamp = await (request.ahead or services.part(Stamps).look(viewer_id))
        except (ValkeyUnavailable, ValkeyRefused):
            is_direct = True
    return await open_reader_with(
        services, viewer_id, stamp, is_direct=is_direct, shows_reactions=shows_reactions
    )


async def open_reader_with(
    services: Services,
    viewer_id: int,
    stamp: str | None,
    *,
    is_direct: bool,
    shows_reactions: bool = True,
) -> Reader:
    viewers = services.part(Viewers)
    before = viewers.peek(viewer_id)
    viewer = await viewers.load(viewer_id, None if is_direct else stamp, shows_reactions=shows_reactions)
    return Reader(services, viewer, is_direct, has_acted=before is not viewer)
