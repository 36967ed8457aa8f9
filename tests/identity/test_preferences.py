"""Preferences: merged change by change, always whole, always in their one spelling."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.identity.schemas import PreferencesView, read_preferences
from tests.support.world import Person, World

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "default_visibility": st.sampled_from(["public", "unlisted", "followers", "mentioned"]),
        "default_language": st.sampled_from(["de", "pt-BR", "zh-Hant", None]),
        "sensitive_media": st.sampled_from(["show", "blur", "hide"]),
        "expand_content_warnings": st.booleans(),
        "autoplay_media": st.booleans(),
        "home_order": st.sampled_from(["latest", "balanced"]),
        "theme": st.sampled_from(["system", "light", "dark"]),
    },
)
DEFAULTS: dict[str, Any] = msgspec.to_builtins(PreferencesView())


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("ada")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(CHANGES, min_size=1, max_size=4))
async def test_any_changes_leave_the_last_value_of_each(
    world: World, ada: Person, steps: list[dict[str, Any]]
) -> None:
    await world.rows("DELETE FROM preferences")
    expected = dict(DEFAULTS)

    for step in steps:
        expected |= step
        reply = await world.patch("/v1/me/preferences", by=ada, json=step)
        assert reply.json() == expected

    assert (await world.get("/v1/me/preferences", by=ada)).json() == expected


@pytest.mark.parametrize(("typed", "kept"), [("EN-us", "en-US"), ("ZH-hant", "zh-Hant"), ("DE", "de")])
async def test_a_language_is_kept_in_its_one_spelling(
    world: World, ada: Person, typed: str, kept: str
) -> None:
    reply = await world.patch("/v1/me/preferences", by=ada, json={"default_language": typed})

    assert reply.json()["default_language"] == kept
    assert (await world.get("/v1/me/preferences", by=ada)).json()["default_language"] == kept


async def test_a_refused_change_changes_nothing_of_what_came_with_it(world: World, ada: Person) -> None:
    reply = await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark", "home_order": "worst"})

    assert [error["pointer"] for error in reply.json()["errors"]] == ["/home_order"]
    assert (await world.get("/v1/me/preferences", by=ada)).json() == DEFAULTS


async def test_nobody_has_the_preferences_of_somebody_else(world: World, ada: Person) -> None:
    bob = await world.person("bob")

    await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark"})

    assert (await world.get("/v1/me/preferences", by=bob)).json() == DEFAULTS


async def test_looking_stores_nothing(world: World, ada: Person) -> None:
    await world.get("/v1/me/preferences", by=ada)

    assert await world.value("SELECT count(*) FROM preferences") == 0


async def test_only_what_was_set_is_stored(world: World, ada: Person) -> None:
    await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark"})

    assert await world.value("SELECT body::text FROM preferences") == '{"theme": "dark"}'


def test_a_preference_that_is_no_more_is_passed_over() -> None:
    assert read_preferences('{"theme": "dark", "of_old": [1]}') == PreferencesView(theme="dark")


async def test_a_retried_change_is_answered_as_before(world: World, ada: Person) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark"}, headers=headers)
    await world.patch("/v1/me/preferences", by=ada, json={"theme": "light"})

    again = await world.patch("/v1/me/preferences", by=ada, json={"theme": "dark"}, headers=headers)

    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert (await world.get("/v1/me/preferences", by=ada)).json()["theme"] == "light"
