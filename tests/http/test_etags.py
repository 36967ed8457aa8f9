"""If-Match and If-None-Match: lists of versions, weak or strong, and the star."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.http.replies import quote_etag
from hubbub.platform.http.requests import _listed
from tests.support.world import World

VERSIONS = st.text("abcdef0123456789-", min_size=1, max_size=20)


@given(st.lists(VERSIONS, max_size=5), VERSIONS, st.data())
def test_a_version_is_found_exactly_when_it_is_listed(
    versions: list[str], wanted: str, data: st.DataObject
) -> None:
    spelt = [data.draw(st.sampled_from(['"{}"', 'W/"{}"', ' W/"{}" '])).format(each) for each in versions]

    assert _listed(",".join(spelt), wanted) is (wanted in versions)


@pytest.mark.parametrize("header", ["*", " * "])
@given(version=VERSIONS)
def test_the_star_stands_for_every_version(header: str, version: str) -> None:
    assert _listed(header, version)


@pytest.mark.parametrize("header", ["", "7", "'7'", 'w/"7"', '"7', '7"', '"77"', '""', "W/7", '"*"'])
def test_what_is_not_quoted_as_a_version_names_none(header: str) -> None:
    assert not _listed(header, "7")


@given(VERSIONS)
def test_what_was_given_out_is_taken_back(version: str) -> None:
    assert _listed(quote_etag(version), version)


@pytest.mark.parametrize("known", ['"other", {}', '{}, "other"', "*", "  {}  "])
async def test_a_list_with_the_current_version_is_not_answered_again(world: World, known: str) -> None:
    ada = await world.person("ada")
    etag = (await world.get("/v1/me", by=ada)).headers["etag"]

    reply = await world.get("/v1/me", by=ada, headers={"If-None-Match": known.format(etag)})

    assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize("known", ['"other"', 'W/"other", "third"', "other", ""])
async def test_a_list_without_it_is_answered_and_refused_in_edits(world: World, known: str) -> None:
    ada = await world.person("ada")

    seen = await world.get("/v1/me", by=ada, headers={"If-None-Match": known})
    edit = await world.patch("/v1/me", by=ada, json={"bio": "new"}, headers={"If-Match": known})

    assert (seen.status_code, edit.status_code, edit.json()["code"]) == (200, 412, "precondition_failed")
    assert (await world.get("/v1/me", by=ada)).json()["bio"] == ""


async def test_an_edit_gives_the_version_to_edit_next(world: World) -> None:
    ada = await world.person("ada")
    etag = (await world.get("/v1/me", by=ada)).headers["etag"]

    for bio in ("first", "second", "third"):
        reply = await world.patch("/v1/me", by=ada, json={"bio": bio}, headers={"If-Match": etag})
        assert reply.status_code == 200, reply.text
        etag = reply.headers["etag"]

    assert (await world.get("/v1/me", by=ada)).headers["etag"] == etag
