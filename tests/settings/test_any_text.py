"""Whatever somebody types into a variable is a value, or a problem that names the variable."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.settings import SECTIONS, Settings, SettingsError, read_settings

TYPES: list[type[Any]] = [Settings, *SECTIONS.values()]
SPECS = [spec for cls in TYPES for spec in fields(cls) if spec.metadata]
VARIABLES = sorted(spec.metadata["variable"] for spec in SPECS)
TYPED = st.text(max_size=40) | st.text("0123456789.,:/-_@[]%*abhlnopqrstux ", max_size=40)


def outcome(env: dict[str, str]) -> Settings | list[str]:
    try:
        return read_settings(env)
    except SettingsError as error:
        return error.problems


@given(variable=st.sampled_from(VARIABLES), raw=TYPED)
def test_any_text_is_a_value_or_a_problem_of_its_variable(variable: str, raw: str) -> None:
    found = outcome({variable: raw})

    if isinstance(found, list):
        assert {problem.partition(":")[0] for problem in found} == {variable}


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("raw", ["9" * 5000, "1e400", "nan", "http://[::1", "smtp://@", "\0", "\udcff"])
def test_hostile_text_is_a_value_or_a_problem_of_its_variable(variable: str, raw: str) -> None:
    found = outcome({variable: raw})

    if isinstance(found, list):
        assert {problem.partition(":")[0] for problem in found} == {variable}


@given(env=st.dictionaries(st.sampled_from(VARIABLES), TYPED, max_size=6))
def test_each_problem_names_a_variable_that_was_set_or_must_be(env: dict[str, str]) -> None:
    found = outcome(env)

    named = {problem.partition(":")[0] for problem in found} if isinstance(found, list) else set()
    assert named <= {*env, "HUBBUB_SECRET_KEY", "HUBBUB_PUBLIC_URL"}


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_blank_means_the_default(variable: str, blank: str) -> None:
    assert read_settings({variable: blank}) == Settings()


@given(port=st.integers(0, 65535), spaces=st.sampled_from(["", " ", "  "]))
def test_every_port_is_read_as_it_is(port: int, spaces: str) -> None:
    assert read_settings({"HUBBUB_PORT": f"{spaces}{port}{spaces}"}).server.port == port


@given(st.integers(65536, 10**9))
def test_no_port_is_above_the_last(port: int) -> None:
    for variable in ("HUBBUB_PORT", "HUBBUB_METRICS_PORT", "HUBBUB_POSTGRES_PORT", "HUBBUB_VALKEY_PORT"):
        assert outcome({variable: str(port)}) == [f"{variable}: must be at most 65535"]


@given(st.lists(st.ip_addresses(), max_size=5))
def test_networks_are_read_in_order(addresses: list[Any]) -> None:
    raw = " , ".join(map(str, addresses))

    found = read_settings({"HUBBUB_TRUSTED_PROXIES": raw}).server.trusted_proxies

    assert [network.network_address for network in found] == addresses


@pytest.mark.parametrize(
    ("variable", "raw"),
    [
        ("HUBBUB_PORT", "8000.5"),
        ("HUBBUB_PORT", "0x50"),
        ("HUBBUB_PORT", "-1"),
        ("HUBBUB_IDLE_SECONDS", "nan"),
        ("HUBBUB_IDLE_SECONDS", "inf"),
        ("HUBBUB_RATE_FACTOR", "-0.1"),
        ("HUBBUB_ENV", "Production"),
        ("HUBBUB_LOG_LEVEL", "INFO"),
        ("HUBBUB_LOG_FORMAT", "xml"),
        ("HUBBUB_TRUSTED_PROXIES", "10.0.0.1/24"),
        ("HUBBUB_TRUSTED_PROXIES", "proxy.internal"),
        ("HUBBUB_SMTP_URL", "mail.example.org"),
        ("HUBBUB_DATABASE_POOL_SIZE", "0"),
        ("HUBBUB_DATABASE_DEADLINE", "0"),
        ("HUBBUB_VALKEY_DEADLINE", "0"),
        ("HUBBUB_HASH_THREADS", "0"),
        ("HUBBUB_MAX_IN_FLIGHT", "0"),
        ("HUBBUB_MAX_CONNECTIONS", "0"),
        ("HUBBUB_MAX_CONNECTIONS_PER_ADDRESS", "0"),
        ("HUBBUB_IDLE_SECONDS", "0"),
        ("HUBBUB_ACCESS_TTL", "0"),
        ("HUBBUB_SESSION_TTL_DAYS", "0"),
        ("HUBBUB_SESSION_TTL_DAYS", "99999999999"),
        ("HUBBUB_DELETION_GRACE_DAYS", "99999999999"),
        ("HUBBUB_ACCESS_TTL", "99999999999"),
        ("HUBBUB_DATABASE_POOL_SIZE", "99999999999"),
        ("HUBBUB_MAIL_FROM", "Hubbub"),
        ("HUBBUB_MAIL_FROM", "Hubbub <hubbub@localhost>\nBcc: eve@example.org"),
        ("HUBBUB_PUBLIC_URL", "https://"),
        ("HUBBUB_PUBLIC_URL", "https://hubbub.example/app"),
        ("HUBBUB_PUBLIC_URL", "https://hubbub.example?x=1"),
    ],
)
def test_a_value_that_nothing_could_work_with_is_refused(variable: str, raw: str) -> None:
    found = outcome({variable: raw})

    assert isinstance(found, list), "taken"
    assert [problem.partition(":")[0] for problem in found] == [variable]


def test_no_deletion_grace_is_a_choice() -> None:
    assert read_settings({"HUBBUB_DELETION_GRACE_DAYS": "0"}).identity.deletion_grace_days == 0


@pytest.mark.parametrize("name", ["HUBBUB_TEST_ANYTHING", "PATH", "hubbub_port", "XHUBBUB_PORT"])
def test_other_variables_are_not_ours(name: str) -> None:
    assert read_settings({name: "x"}) == Settings()
