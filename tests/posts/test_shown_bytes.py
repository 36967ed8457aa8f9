"""What is joined from fragments is, byte for byte, what encoding the documented view would give."""

import string
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hubbub.accounts.cards import Fragment
from hubbub.accounts.schemas import CardView
from hubbub.feeds.schemas import HomePostView
from hubbub.platform.counters import CountKind
from hubbub.platform.ids import first_id_at
from hubbub.platform.paging import Page
from hubbub.posts.hydrate import Hydrated
from hubbub.posts.polls import Poll, pack_poll
from hubbub.posts.present import Presenter, present_read
from hubbub.posts.queries.posts import Post
from hubbub.posts.schemas import PostEntities, PostLink, PostMention, PostTag, PostView
from hubbub.profiles.schemas import ProfileView
from hubbub.reactions import Numbers, ReactionState
from hubbub.visibility import AccountFacts, Facts, Relation
from tests.support.world import World

AUTHOR, VIEWER = 5, 6
START = datetime(2026, 1, 1, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
choices = st.lists(st.integers(0, 7), max_size=3).map(tuple)
places = st.integers(0, 500)
moments = st.timedeltas(timedelta(0), timedelta(days=3000)).map(START.__add__)
some_id = st.integers(1, 2**63 - 1)
handles = st.text(string.ascii_lowercase, min_size=3, max_size=20)
entities = st.builds(
    PostEntities,
    mentions=st.lists(
        st.builds(PostMention, id=some_id.map(str), handle=handles, start=places, end=places), max_size=2
    ).map(tuple),
    tags=st.lists(st.builds(PostTag, tag=handles, start=places, end=places), max_size=2).map(tuple),
    links=st.lists(
        st.builds(PostLink, url=handles.map("https://{}.example".format), start=places, end=places),
        max_size=2,
    ).map(tuple),
)


polls = st.builds(
    Poll,
    options=st.lists(words, min_size=2, max_size=8).map(tuple),
    ends_at=st.sampled_from([0, 10**13]),
    is_multiple=st.booleans(),
    hides_counts=st.booleans(),
)


@st.composite
def posts(draw: st.DrawFn, *, number: int, quote_of: int | None = None, repost_of: int | None = None) -> Post:
    parent_id = draw(st.none() | some_id)
    return Post(
        id=first_id_at(draw(moments)) + number,
        author_id=AUTHOR,
        root_id=parent_id,
        parent_id=parent_id,
        quote_of=quote_of,
        repost_of=repost_of,
        between_ids=None,
        visibility=draw(st.sampled_from([0, 1])),
        reply_policy=draw(st.integers(0, 3)),
        version=draw(st.integers(1, 10**6)),
        edited_at=draw(st.none() | moments),
        deleted_at=None,
        language=draw(st.sampled_from([None, "en", "de-CH"])),
        content_warning=draw(words),
        text=draw(words),
        entities=draw(st.just("{}") | entities.map(lambda each: msgspec.json.encode(each).decode())),
        audience=(),
        poll=draw(st.none() | polls.map(pack_poll)),
    )


@st.composite
def presented(draw: st.DrawFn) -> tuple[Presenter, list[int]]:
    quoted = draw(posts(number=1))
    quoting = draw(posts(number=2, quote_of=quoted.id))
    repost = draw(posts(number=3, repost_of=quoting.id))
    found = {post.id: post for post in (quoted, quoting, repost)}
    found |= {post.root_id: quoted for post in list(found.values()) if post.root_id is not None}
    viewer_id = draw(st.sampled_from([0, VIEWER, AUTHOR]))
    relation = Relation(follows=draw(st.booleans()))
    facts = Facts(viewer_id, {AUTHOR: AccountFacts(is_active=True, is_private=False)}, {AUTHOR: relation})
    card = CardView(
        id=str(AUTHOR),
        handle=draw(handles),
        display_name=draw(words),
        avatar="https://hubbub.example/avatar",
        is_private=draw(st.booleans()),
    )
    person = Fragment(is_active=True, is_private=False, json=msgspec.Raw(msgspec.json.encode(card)))
    counted = draw(st.lists(st.sampled_from(list(found)), unique=True))
    numbers = Numbers(
        {id_: dict.fromkeys(CountKind, draw(st.integers(0, 10**9))) for id_ in counted},
        {id_: ReactionState(*draw(st.tuples(*[st.booleans()] * 4, choices))) for id_ in found},
    )
    presenter = present_read(Hydrated(found, facts), numbers, {AUTHOR: person})
    return presenter, [quoted.id, quoting.id, repost.id]


@given(presented())
def test_a_joined_post_is_the_encoded_view(given: tuple[Presenter, list[int]]) -> None:
    presenter, ids = given
    for shown in presenter.show_all(ids):
        assert msgspec.json.encode(msgspec.json.decode(shown, type=PostView)) == shown
    assert len(presenter.show_all(ids)) == 3


async def test_pages_and_profiles_are_the_encoded_views(world: World) -> None:
    reader, friend, other = await world.person(), await world.person(), await world.person()
    await world.follow(reader, friend)
    await world.follow(reader, other)
    post = await world.write(friend, '#tag @nobody https://example.org \U0001f600 "quoted"', language="en")
    await world.write(other, "a quote", quote=post["id"], content_warning="beware")
    await world.put(f"/v1/posts/{post['id']}/repost", by=other)
    await world.settle()
    await world.warm_home(reader)

    home = (await world.get("/v1/feeds/home", by=reader)).content
    profile = (await world.get(f"/v1/accounts/{friend.id}", by=reader)).content
    public = (await world.get("/v1/feeds/public")).content

    page = msgspec.json.decode(home, type=Page[HomePostView])
    assert [len(item.reposted_by) for item in page.items] == [0, 1]
    assert msgspec.json.encode(page) == home
    assert msgspec.json.encode(msgspec.json.decode(profile, type=ProfileView)) == profile
    assert msgspec.json.encode(msgspec.json.decode(public, type=Page[PostView])) == public
