from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from hubbub.notifications import Kind, QuietHours, load_delivery_preferences
from hubbub.notifications.preferences import Policy, Rule, judge_stranger
from hubbub.platform.ids import first_id_at, new_id
from hubbub.visibility import Relation
from tests.notifications.support import like, notifications, told, unread
from tests.support.world import Person, World

PATH = "/v1/notifications/preferences"
OLD_ID = first_id_at(datetime(2025, 2, 1, tzinfo=UTC))


async def prefer(world: World, who: Person, **changes: Any) -> dict[str, Any]:
    reply = await world.patch(PATH, by=who, json=changes)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def test_change_leaves_the_rest_as_it_is(world: World) -> None:
    ada = await world.person()
    before = (await world.get(PATH, by=ada)).json()

    await prefer(world, ada, kinds={"like": {"web_push": False}})
    await prefer(world, ada, quiet_hours={"from": "22:00", "to": "07:30", "timezone": "Europe/Berlin"})
    after = await prefer(world, ada, policy={"new_accounts": "drop"}, kinds={"like": {"mail": True}})

    assert after["kinds"]["like"] == {"in_app": True, "web_push": False, "mobile_push": True, "mail": True}
    assert after["kinds"]["mention"] == before["kinds"]["mention"]
    assert after["policy"] == {"not_following": "accept", "not_followers": "accept", "new_accounts": "drop"}
    assert after["quiet_hours"] == {"from": "22:00", "to": "07:30", "timezone": "Europe/Berlin"}
    assert (await world.get(PATH, by=ada)).json() == after
    assert (await prefer(world, ada, quiet_hours=None))["quiet_hours"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"kinds": {"poke": {"mail": True}}},
        {"kinds": {"like": {"fax": True}}},
        {"kinds": {"like": {"mail": 1}}},
        {"policy": {"new_accounts": "ignore"}},
        {"quiet_hours": {"from": "24:00", "to": "07:00"}},
        {"quiet_hours": {"from": "22:00"}},
        {"quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "Europe/Atlantis"}},
        {"quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "../../etc/passwd"}},
        {"quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "Europe"}},
        {"quiet_hours": {"from": "22:00", "to": "07:00", "timezone": "localtime"}},
    ],
    ids=str,
)
async def test_what_means_nothing_is_refused(world: World, changes: dict[str, Any]) -> None:
    ada = await world.person()

    reply = await world.patch(PATH, by=ada, json=changes)

    assert reply.status_code == 422, reply.text
    assert await world.value("SELECT count(*) FROM notification_preferences") == 0


RULES: tuple[Rule, ...] = ("accept", "filter", "drop")


@pytest.mark.parametrize(("not_following", "not_followers", "new_accounts"), list(product(RULES, repeat=3)))
def test_of_the_rules_that_apply_the_strictest_counts(
    not_following: Rule, not_followers: Rule, new_accounts: Rule
) -> None:
    policy = Policy(not_following=not_following, not_followers=not_followers, new_accounts=new_accounts)
    for follows, followed_by, is_new in product((False, True), repeat=3):
        relation = Relation(follows=follows, followed_by=followed_by)
        applying = [
            rule
            for rule, applies in (
                (not_following, not follows),
                (not_followers, not followed_by),
                (new_accounts, is_new),
            )
            if applies
        ]
        actor_id = new_id() if is_new else OLD_ID

        found = judge_stranger(policy, Kind.MENTION, actor_id, relation)

        assert found == max(applying, key=RULES.index, default="accept")


@pytest.mark.parametrize("kind", [Kind.FOLLOW_REQUEST, Kind.FOLLOW_ACCEPTED, Kind.POST, Kind.MODERATION])
def test_policy_keeps_nobody_from_what_they_have_to_know(kind: Kind) -> None:
    policy = Policy(not_following="drop", not_followers="drop", new_accounts="drop")

    assert judge_stranger(policy, kind, new_id(), Relation()) == "accept"


async def test_filtered_stand_in_a_list_of_their_own_and_count_nowhere(world: World) -> None:
    ada, friend, stranger = [await world.person(name) for name in ("ada", "friend", "stranger")]
    await world.follow(ada, friend)
    await prefer(world, ada, policy={"not_following": "filter"})
    post = await world.write(ada)
    await like(world, friend, post)
    await like(world, stranger, post)
    await world.write(stranger, "Hello @ada")

    assert await told(world, ada) == [("like", ["friend"])]
    set_apart = await told(world, ada, filtered="true")
    assert sorted(set_apart) == [("like", ["stranger"]), ("mention", ["stranger"])]
    assert await unread(world, ada) == 1
    [item] = [each for each in await notifications(world, ada, filtered="true") if each["kind"] == "like"]
    path = f"/v1/notifications/{item['id']}"
    assert (await world.get(path, by=ada)).json() == item
    people = (await world.get(f"{path}/accounts", by=ada)).json()["items"]
    assert [person["handle"] for person in people] == ["stranger"]
    assert (await world.delete(path, by=ada)).status_code == 204
    assert await told(world, ada, filtered="true") == [("mention", ["stranger"])]


async def test_dropped_are_nowhere(world: World) -> None:
    ada, stranger = await world.person("ada"), await world.person()
    await prefer(world, ada, policy={"new_accounts": "drop"})
    await world.write(stranger, "Hello @ada")

    assert await told(world, ada) == await told(world, ada, filtered="true") == []


async def test_kind_that_is_not_wanted_in_the_app_is_only_pushed(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await prefer(world, ada, kinds={"like": {"in_app": False}})
    await like(world, bob, await world.write(ada))

    assert await told(world, ada) == []
    assert await unread(world, ada) == 0
    assert await world.value("SELECT place FROM notification_groups") == 2


async def test_kind_that_is_wanted_by_no_channel_is_not_recorded(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    nowhere = dict.fromkeys(("in_app", "web_push", "mobile_push", "mail"), False)
    await prefer(world, ada, kinds={"like": nowhere})
    await like(world, bob, await world.write(ada))

    assert await told(world, ada) == []
    assert await world.value("SELECT count(*) FROM notification_groups") == 0


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "is_quiet"),
    [
        ("22:00", "07:00", 23, True),
        ("22:00", "07:00", 3, True),
        ("22:00", "07:00", 7, False),
        ("22:00", "07:00", 12, False),
        ("09:00", "17:00", 9, True),
        ("09:00", "17:00", 17, False),
        ("08:00", "08:00", 8, False),
    ],
)
def test_quiet_hours_go_by_the_clock(begins: str, ends: str, hour: int, is_quiet: bool) -> None:
    quiet = QuietHours(from_=begins, to=ends)

    assert quiet.hold(datetime(2026, 1, 5, hour, tzinfo=UTC)) is is_quiet


def test_quiet_hours_go_by_the_time_of_the_year() -> None:
    quiet = QuietHours(from_="22:00", to="23:00", timezone="Europe/Berlin")

    assert quiet.hold(datetime(2026, 1, 5, 21, 30, tzinfo=UTC))
    assert not quiet.hold(datetime(2026, 7, 5, 21, 30, tzinfo=UTC))
    assert quiet.hold(datetime(2026, 7, 5, 20, 30, tzinfo=UTC))


def test_quiet_hours_of_a_zone_that_is_unknown_here_go_by_utc() -> None:
    quiet = QuietHours(from_="22:00", to="23:00", timezone="Europe/Atlantis")

    assert quiet.hold(datetime(2026, 1, 5, 22, 30, tzinfo=UTC))


async def test_delivery_preferences_of_many_take_one_statement(world: World) -> None:
    people = [await world.person() for _ in range(4)]
    await prefer(world, people[0], kinds={"follow": {"mail": True, "web_push": False}})

    with world.counted() as cost:
        async with world.db.connection() as tx:
            found = await load_delivery_preferences(tx, [person.id for person in people])

    assert len(cost.statements) == 1
    assert found[people[0].id].channels("follow") == {"in_app", "mobile_push", "mail"}
    assert found[people[1].id].channels("follow") == {"in_app", "web_push", "mobile_push"}
    assert not found[people[1].id].is_quiet(datetime.now(UTC))
