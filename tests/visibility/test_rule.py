from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.visibility import (
    AccountFacts,
    Facts,
    Relation,
    ReplyPolicy,
    Visibility,
    is_muted,
    may_comment,
    may_list,
    may_see_account,
    may_see_follows,
    may_see_post,
)

NOBODY, VIEWER, AUTHOR, OTHER = 0, 1, 2, 3


@dataclass(frozen=True)
class Note:
    author_id: int = AUTHOR
    visibility: int = Visibility.PUBLIC
    audience: frozenset[int] = frozenset()
    is_deleted: bool = False
    root_id: int | None = None
    repost_of: int | None = None


def facts(
    relation: Relation | None = None,
    *,
    viewer: int = VIEWER,
    is_private: bool = False,
    is_active: bool = True,
) -> Facts:
    accounts = {
        AUTHOR: AccountFacts(is_active, is_private),
        VIEWER: AccountFacts(True, False),
        OTHER: AccountFacts(True, False),
    }
    return Facts(viewer, accounts, {AUTHOR: relation or Relation()})


relations = st.builds(
    Relation,
    follows=st.booleans(),
    followed_by=st.booleans(),
    blocks=st.booleans(),
    blocked_by=st.booleans(),
    mutes=st.sampled_from([None, "all", "posts", "reposts"]),
)
notes = st.builds(
    Note,
    author_id=st.sampled_from([VIEWER, AUTHOR, OTHER]),
    visibility=st.sampled_from(list(Visibility)),
    audience=st.frozensets(st.sampled_from([VIEWER, OTHER])),
    is_deleted=st.booleans(),
)


@pytest.mark.parametrize(
    ("visibility", "stranger", "follower", "mentioned", "nobody"),
    [
        (Visibility.PUBLIC, True, True, True, True),
        (Visibility.UNLISTED, True, True, True, True),
        (Visibility.FOLLOWERS, False, True, True, False),
        (Visibility.MENTIONED, False, False, True, False),
    ],
)
def test_each_visibility_shows_a_post_to_its_audience(
    visibility: Visibility, stranger: bool, follower: bool, mentioned: bool, nobody: bool
) -> None:
    note = Note(visibility=visibility)
    named = Note(visibility=visibility, audience=frozenset({VIEWER}))

    assert may_see_post(note, facts(), {}) is stranger
    assert may_see_post(note, facts(Relation(follows=True)), {}) is follower
    assert may_see_post(named, facts(), {}) is mentioned
    assert may_see_post(note, facts(viewer=NOBODY), {}) is nobody


def test_public_post_of_a_private_account_is_for_its_followers() -> None:
    assert not may_see_post(Note(), facts(is_private=True), {})
    assert may_see_post(Note(), facts(Relation(follows=True), is_private=True), {})
    assert not may_list(Note(), facts(Relation(follows=True), is_private=True))


@given(notes, relations, st.booleans())
def test_block_either_way_hides_whatever_else_holds(note: Note, relation: Relation, is_private: bool) -> None:
    known = facts(relation, is_private=is_private)

    if note.author_id == AUTHOR and (relation.blocks or relation.blocked_by):
        assert not may_see_post(note, known, {})


@given(notes, relations)
def test_deleted_post_and_inactive_author_are_hidden_from_everyone(note: Note, relation: Relation) -> None:
    gone = Note(note.author_id, note.visibility, note.audience, is_deleted=True)

    assert not may_see_post(gone, facts(relation), {})
    if note.author_id == AUTHOR:
        assert not may_see_post(note, facts(relation, is_active=False), {})


@given(notes, notes, relations)
def test_comment_is_never_seen_by_who_may_not_see_its_root(
    comment: Note, root: Note, relation: Relation
) -> None:
    below = Note(comment.author_id, comment.visibility, comment.audience, comment.is_deleted, root_id=9)
    whole_root = Note(root.author_id, root.visibility, root.audience)
    known = facts(relation)

    if below.author_id != VIEWER and not may_see_post(whole_root, known, {}):
        assert not may_see_post(below, known, {9: whole_root})
        assert not may_see_post(below, known, {})


@given(notes, relations)
def test_repost_shows_no_more_than_its_target(target: Note, relation: Relation) -> None:
    repost = Note(author_id=OTHER, repost_of=9)
    known = facts(relation)

    assert may_see_post(repost, known, {9: target}) == may_see_post(target, known, {})
    assert not may_see_post(repost, known, {})


@given(notes, relations)
def test_signing_in_as_a_stranger_never_hides_and_nobody_never_sees_more(
    note: Note, relation: Relation
) -> None:
    if may_see_post(note, facts(viewer=NOBODY), {}):
        assert may_see_post(note, facts(), {})


def test_blocked_person_does_not_find_the_account_but_the_blocker_does() -> None:
    assert not may_see_account(facts(Relation(blocked_by=True)), AUTHOR)
    assert may_see_account(facts(Relation(blocks=True)), AUTHOR)
    assert not may_see_account(facts(is_active=False), AUTHOR)
    assert not may_see_account(facts(), 99)


def test_follows_of_a_private_account_are_for_its_followers() -> None:
    assert not may_see_follows(facts(is_private=True), AUTHOR)
    assert may_see_follows(facts(Relation(follows=True), is_private=True), AUTHOR)
    assert may_see_follows(facts(), AUTHOR)


@pytest.mark.parametrize(
    ("policy", "stranger", "follower", "mentioned"),
    [
        (ReplyPolicy.EVERYONE, True, True, True),
        (ReplyPolicy.FOLLOWERS, False, True, True),
        (ReplyPolicy.MENTIONED, False, False, True),
        (ReplyPolicy.NOBODY, False, False, False),
    ],
)
def test_reply_policy_says_who_may_comment(
    policy: ReplyPolicy, stranger: bool, follower: bool, mentioned: bool
) -> None:
    named = Note(audience=frozenset({VIEWER}))

    assert may_comment(Note(), policy, facts()) is stranger
    assert may_comment(Note(), policy, facts(Relation(follows=True))) is follower
    assert may_comment(named, policy, facts()) is mentioned
    assert may_comment(Note(author_id=VIEWER), policy, facts())


@pytest.mark.parametrize(
    ("scope", "hides_post", "hides_repost"),
    [(None, False, False), ("all", True, True), ("posts", True, False), ("reposts", False, True)],
)
def test_mute_leaves_out_what_its_scope_says(scope: str | None, hides_post: bool, hides_repost: bool) -> None:
    known = facts(Relation(mutes=scope))

    assert is_muted(Note(), known) is hides_post
    assert is_muted(Note(repost_of=9), known) is hides_repost
