import pytest

from hubbub.settings import Settings, SettingsError, read_settings

SECRET = "f3a9c1d27b5e4860a1b2c3d4e5f60718"
PRODUCTION = {
    "HUBBUB_ENV": "production",
    "HUBBUB_SECRET_KEY": SECRET,
    "HUBBUB_PUBLIC_URL": "https://hubbub.example",
}


def problems(env: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_settings(env)
    return caught.value.problems


def test_nothing_has_to_be_set() -> None:
    assert read_settings({}) == Settings()


def test_the_token_of_a_listener_is_no_setting_and_no_mistake() -> None:
    assert read_settings({"HUBBUB_TOKEN": "of somebody who listens"}) == read_settings({})


def test_every_wrong_value_is_named_at_once() -> None:
    found = problems(
        {
            "HUBBUB_PORT": "many",
            "HUBBUB_RATE_FACTOR": "-1",
            "HUBBUB_ENV": "prod",
            "HUBBUB_PROT": "1",
            "HUBBUB_LOG_LEVEL": "loud",
        }
    )

    assert [problem.split(":")[0] for problem in found] == [
        "HUBBUB_PROT",
        "HUBBUB_PORT",
        "HUBBUB_ENV",
        "HUBBUB_RATE_FACTOR",
        "HUBBUB_LOG_LEVEL",
    ]


def test_wrong_value_is_named_once_in_production_too() -> None:
    found = problems({"HUBBUB_ENV": "production", "HUBBUB_RATE_FACTOR": "much"})

    assert [problem.split(":")[0] for problem in found].count("HUBBUB_RATE_FACTOR") == 1


@pytest.mark.parametrize("password", ["pa/ss", "pa@ss", "pa:ss/", "[x"])
def test_password_that_is_not_encoded_is_pointed_out_and_not_shown(password: str) -> None:
    found = problems({"HUBBUB_DATABASE_URL": f"postgresql://hubbub:{password}@db.internal:5432/hubbub"})

    assert len(found) == 1
    assert "%2F" in found[0]
    assert password not in found[0]


@pytest.mark.parametrize(
    "url", ["postgresql://u:p%40%2F@one:1,two:2/hubbub", "postgresql:///hubbub?host=/run/postgresql"]
)
def test_every_form_of_a_database_url_is_accepted(url: str) -> None:
    assert read_settings({"HUBBUB_DATABASE_URL": url}).database.url == url


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"HUBBUB_SECRET_KEY": ""}, "HUBBUB_SECRET_KEY"),
        ({"HUBBUB_SECRET_KEY": "a" * 40}, "HUBBUB_SECRET_KEY"),
        ({"HUBBUB_SECRET_KEY": "short"}, "HUBBUB_SECRET_KEY"),
        ({"HUBBUB_PUBLIC_URL": ""}, "HUBBUB_PUBLIC_URL"),
        ({"HUBBUB_PUBLIC_URL": "hubbub.example"}, "HUBBUB_PUBLIC_URL"),
        ({"HUBBUB_RATE_FACTOR": "2"}, "HUBBUB_RATE_FACTOR"),
        ({"HUBBUB_PORT": "70000"}, "HUBBUB_PORT"),
        ({"HUBBUB_DATABASE_URL": "mysql://x"}, "HUBBUB_DATABASE_URL"),
        ({"HUBBUB_VALKEY_URL": "http://x"}, "HUBBUB_VALKEY_URL"),
        ({"HUBBUB_TRUSTED_PROXIES": "10.0.0.0/33"}, "HUBBUB_TRUSTED_PROXIES"),
    ],
)
def test_production_refuses_what_is_unsafe(change: dict[str, str], named: str) -> None:
    assert read_settings(PRODUCTION).is_production

    assert [problem.split(":")[0] for problem in problems(PRODUCTION | change)][:1] == [named]


def test_secrets_are_never_printed() -> None:
    settings = read_settings(
        {
            **PRODUCTION,
            "HUBBUB_DATABASE_URL": "postgresql://u:hunter2@db/x",
            "HUBBUB_VALKEY_URL": "redis://:hunter2@v",
        }
    )

    assert SECRET not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_wrong_secret_is_not_repeated_in_the_error() -> None:
    assert "hunter2" not in str(problems({"HUBBUB_SECRET_KEY": "hunter2"}))
