"""The home feed: what the people one follows posted and passed on, and one's own posts, latest first.

    home list in Valkey, and celebrities' posts → hydrate → rules → present

The list comes in the round trip of the rate budget. Below what it covers, without it, or while nothing
cached can be believed, PostgreSQL answers, and the list is rebuilt behind the reader's back.
"""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from operator import attrgetter

from hubbub.errors import AppError
from hubbub.feeds import queries
from hubbub.feeds.celebrities import Celebrities, load_followed_celebrities
from hubbub.feeds.celebrity_queries import select_newest_posts
from hubbub.feeds.home_lists import HomeLists, Look
from hubbub.feeds.homes import PAGES, HomePage, Homes
from hubbub.feeds.rebuilding import build_list, few_each, rebuild_soon
from hubbub.feeds.reposts import Gathered, originals_of
from hubbub.feeds.schemas import HomeQuery
from hubbub.lists import exclusive_members
from hubbub.platform.counters import CountKind
from hubbub.platform.http import Reply, Request, decode_query, parse_id, quote_etag
from hubbub.platform.ids import MAX_ID
from hubbub.platform.paging import Window, fill_slice
from hubbub.platform.services import Services
from hubbub.platform.valkey import Ask, ValkeyRefused, ValkeyUnavailable
from hubbub.posts import Candidate, Post, Reader, Rules, judge, open_reader_with, show_slice

log = logging.getLogger(__name__)

RULES = Rules(hide_muted=True)
# Newest of one's own that are merged in, for the moment until they are in the list.
OWN = 20

_is_live = attrgetter("is_live")


def ask_home(request: Request) -> Ask[Look] | None:
    """For `ahead=`: the look at the home list comes with the rate budget."""
    viewer = request.viewer_or_none
    if viewer is None:
        return None
    try:
        window = _first_scan(_window(request, _query(request)))
    except AppError:
        return None
    return request.services.part(HomeLists).look(viewer.id, window)


async def read_home(request: Request, query: HomeQuery) -> Reply:
    """A page as JSON. With `since` only what is newer than that post."""
    window = _window(request, query)
    since = _since(query)
    home = await _open(request, window)
    key = (request.viewer.id, query.limit)
    is_kept = home.look is not None and query.cursor is None and since == 0
    if is_kept:
        kept = request.services.part(Homes).pages.get(key)
        if kept is not None and home.holds(kept):
            PAGES.add("kept")
            request.reply_headers += kept.links
            return _answer(request, kept.body, kept.etag)
    reader = await home.reader()
    before, began_at = len(request.reply_headers), time.time()
    page, scans = await _fill(request, reader, home, window, since)
    links = request.reply_headers[before:]
    etag = blake2b(page, digest_size=9).hexdigest()
    if is_kept and scans == 1 and home.look is not None and home.look.is_whole(_first_scan(window)):
        parts = reader.parts()
        if all(map(_is_live, parts)):
            merged, until = tuple(home.celebrity_ids), reader.lasts_until(began_at)
            kept = HomePage(home.look.stamp, home.look.text, merged, parts, until, page, links, etag)
            request.services.part(Homes).pages.put(key, kept)
    return _answer(request, page, etag)


def _answer(request: Request, body: bytes, etag: str) -> Reply:
    headers = {"ETag": quote_etag(etag), "Cache-Control": "private, no-cache"}
    if request.etag_matches(etag):
        return Reply(status=304, headers=headers)
    return Reply(body, headers=headers)


@dataclass(slots=True)
class _Home:
    """One request's view of its list. `look` is None while nothing cached can be believed."""

    services: Services
    viewer_id: int
    look: Look | None
    celebrities: Collection[int] = ()
    celebrity_ids: list[int] = field(default_factory=list)
    _reader: Reader | None = None

    def holds(self, page: HomePage) -> bool:
        look = self.look
        return (
            look is not None
            and page.stamp == look.stamp
            and page.text == look.text
            and page.merged == tuple(self.celebrity_ids)
            and time.time() < page.until
            and all(map(_is_live, page.parts))
        )

    async def reader(self) -> Reader:
        if self._reader is None:
            stamp = self.look.stamp if self.look is not None else None
            self._reader = await open_reader_with(
                self.services, self.viewer_id, stamp, is_direct=self.look is None
            )
        return self._reader


async def _open(request: Request, window: Window) -> _Home:
    services, viewer_id = request.services, request.viewer.id
    look: Look | None = None
    if services.changes.is_listening:
        try:
            asked = request.ahead or services.part(HomeLists).look(viewer_id, _first_scan(window))
            look = await asked
        except (ValkeyUnavailable, ValkeyRefused) as error:
            log.debug("home without its list: %s", error)
    known = await services.part(Celebrities).known()
    home = _Home(services, viewer_id, look if known is not None else None)
    if home.look is not None and known:
        home.celebrities = await _followed(await home.reader(), known)
        home.celebrity_ids = await services.part(Celebrities).recent(home.celebrities, _first_scan(window))
    return home


async def _followed(reader: Reader, known: frozenset[int]) -> Collection[int]:
    """Those of these celebrities whom the reader follows, kept with the relations."""
    kept = reader.viewer.kept.get("celebrities")
    if kept is not None and kept[0] is known:
        followed: Collection[int] = kept[1]
        return followed
    relations = reader.viewer.relations
    if relations is None:
        async with reader.services.db.connection() as tx:
            followed = await load_followed_celebrities(tx, account_id=reader.viewer.id)
    else:
        followed = [id_ for id_ in known if relations.follows(id_)]
    followed = known.intersection(followed)
    reader.viewer.kept["celebrities"] = (known, followed)
    return followed


async def _fill(
    request: Request, reader: Reader, home: _Home, window: Window, since: int
) -> tuple[bytes, int]:
    """The page, and how many scans it took."""
    excluded = await _excluded(reader)
    gathered = Gathered(reader, excluded)
    scans = 0

    async def fetch(part: Window) -> Sequence[Candidate]:
        nonlocal scans
        scans += 1
        ids = await _scan(request, home, part, is_first=scans == 1)
        return [Candidate(id_, id_) for id_ in ids if id_ > since]

    def leaves_out(reader: Reader, candidate: Candidate, post: Post) -> bool:
        """Whoever is not followed any more may still stand in the list."""
        if post.author_id == reader.viewer.id:
            return False
        return post.author_id in excluded or not reader.hydrated.facts.relation(post.author_id).follows

    rules = replace(RULES, leaves_out=leaves_out)

    async def keep(found: Sequence[Candidate]) -> list[tuple[int, int]]:
        await reader.hydrate([each.post_id for each in found])
        kept = judge(reader, rules, found)
        posts = [reader.stored[id_].post for _, id_ in kept]
        await gathered.load(originals_of(posts, {}))
        return [place for place, post in zip(kept, posts, strict=True) if not gathered.has_older(post)]

    found = await fill_slice(window, fetch, keep, lambda each: each.position)
    presenter = await reader.present(found.items)
    posts = [reader.stored[id_].post for id_ in found.items]
    counts = {id_: tally.counts[CountKind.REPOSTS] for id_, tally in reader.tallies.items()}
    await gathered.load(originals_of(posts, counts))
    items = []
    for post in posts:
        by = b",".join(gathered.by(post.repost_of or post.id))
        view = presenter.show(post.id, more=b',"reposted_by":[%b]' % by)
        if view is not None:
            items.append(view)
    return request.join_page(window, show_slice(items, found)).body, scans


async def _scan(request: Request, home: _Home, part: Window, *, is_first: bool) -> list[int]:
    """Ids of the window, from the list where it is whole there, else from PostgreSQL."""
    look = home.look
    if look is not None and not is_first:
        try:
            look = await request.services.part(HomeLists).look(home.viewer_id, part)
        except (ValkeyUnavailable, ValkeyRefused):
            look = None
    reader = await home.reader()
    if look is not None and not look.is_ready:
        built = await build_list(request.services, reader, part) if part.position == MAX_ID else None
        if built is not None:
            PAGES.add("database")
            return built
        rebuild_soon(request.services, reader)
    is_whole = look is not None and look.is_whole(part)
    if is_first:
        PAGES.add("list" if is_whole else "database")
    if look is None or not is_whole:
        return await _select(request, reader, part)
    ids = set(look.ids)
    if home.celebrities:
        ids.update(
            home.celebrity_ids
            if is_first
            else await request.services.part(Celebrities).recent(home.celebrities, part)
        )
    ids.update(_within(await _own(request.services, reader), part))
    return sorted(ids, reverse=not part.is_back)[: part.limit]


async def _select(request: Request, reader: Reader, part: Window) -> list[int]:
    """The pull path."""
    async with request.db.connection() as tx:
        if not part.is_back:
            ids, _ = await queries.select_newest_home(
                tx,
                viewer_id=reader.viewer.id,
                position=part.position,
                per_author=few_each(reader, part.limit),
                limit=part.limit,
            )
            return ids
        return await queries.select_home(
            tx,
            viewer_id=reader.viewer.id,
            position=part.position,
            limit=part.limit,
            is_back=part.is_back,
        )


async def _own(services: Services, reader: Reader) -> list[int]:
    """One's newest posts, remembered under the stamp's part that changes when one writes or deletes."""
    homes, viewer = services.part(Homes), reader.viewer
    era, relations, reactions, part = viewer.stamp.split(".")
    if part in (relations, reactions):
        # Parts that are alike are as old as the stamp, and no list is older: it holds all of one's posts.
        return []
    era_and_part = f"{era}.{part}"
    held = homes.own.get(viewer.id)
    if held is not None and held[0] == era_and_part:
        return held[1]
    async with services.db.connection() as tx:
        ids = (await select_newest_posts(tx, author_ids=[viewer.id], limit=OWN)).get(viewer.id, [])
    homes.own.put(viewer.id, (era_and_part, ids))
    return ids


def _within(ids: Sequence[int], part: Window) -> list[int]:
    return [id_ for id_ in ids if (id_ > part.position if part.is_back else id_ < part.position)]


async def _excluded(reader: Reader) -> frozenset[int]:
    """Whom the reader's exclusive lists leave out, kept with the relations."""
    kept = reader.viewer.kept.get("excluded")
    if kept is None:
        async with reader.services.db.connection() as tx:
            kept = frozenset(await exclusive_members(tx, reader.viewer.id))
        reader.viewer.kept["excluded"] = kept
    found: frozenset[int] = kept
    return found


def _query(request: Request) -> HomeQuery:
    return decode_query(request.query_string, HomeQuery) if request.query_string else HomeQuery()


def _window(request: Request, query: HomeQuery) -> Window:
    return request.window(query.cursor, query.limit)


def _first_scan(window: Window) -> Window:
    """What `fill_slice` asks for first: one more than is shown."""
    return replace(window, limit=window.limit + 1)


def _since(query: HomeQuery) -> int:
    return 0 if query.since is None else parse_id(query.since) or 2**63 - 1
