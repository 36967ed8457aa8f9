"""Settings: read from the environment once, in main(), then passed to what needs them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, get_type_hints
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
LISTEN_TOKEN = "HUBBUB_TOKEN"  # noqa: S105 - its name
"""No setting: where `hubbub listen` finds an access token."""


class Secret(str):
    """A string whose repr hides it, so that printing settings never shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


class SettingsError(SystemExit):
    """Every problem found, one a line, each naming its variable and never its secret value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("settings:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


def _setting(variable: str, default: Any, doc: str) -> Any:
    return field(default=default, metadata={"variable": variable, "doc": doc})


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The HTTP process."""

    host: str = _setting("HUBBUB_HOST", "127.0.0.1", "Address that the API listens on.")
    port: int = _setting("HUBBUB_PORT", 8000, "Port that the API listens on; 0 takes any free one.")
    metrics_port: int = _setting(
        "HUBBUB_METRICS_PORT", 9090, "Port of the Prometheus metrics, on the same address; 0: any free one."
    )
    public_url: str = _setting(
        "HUBBUB_PUBLIC_URL", "", "Origin under which clients reach the API; in links, mails and tokens."
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        "HUBBUB_TRUSTED_PROXIES",
        (),
        "Networks of proxies whose X-Forwarded-For is believed, comma-separated.",
    )
    cors_origins: tuple[str, ...] = _setting(
        "HUBBUB_CORS_ORIGINS", (), "Origins of web apps that may call the API from a browser, or *."
    )
    max_in_flight: int = _setting(
        "HUBBUB_MAX_IN_FLIGHT", 200, "Requests worked on at once by a process; more are told 503 at once."
    )
    idle_seconds: float = _setting(
        "HUBBUB_IDLE_SECONDS", 15.0, "Life of an unused connection; a proxy's own must be shorter."
    )
    max_connections: int = _setting(
        "HUBBUB_MAX_CONNECTIONS", 10_000, "Connections of a process, WebSockets included; more are refused."
    )
    max_connections_per_address: int = _setting(
        "HUBBUB_MAX_CONNECTIONS_PER_ADDRESS",
        500,
        "Connections of one client address; trusted proxies and this machine are exempt.",
    )
    log_level: str = _setting("HUBBUB_LOG_LEVEL", "info", "debug, info, warning or error.")
    log_format: str = _setting(
        "HUBBUB_LOG_FORMAT", "auto", "json, text, or auto (text on a terminal, else json)."
    )


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """PostgreSQL 15 or newer."""

    url: Secret = _setting(
        "HUBBUB_DATABASE_URL", Secret(""), "postgresql:// URL; empty starts the embedded server."
    )
    embedded_port: int = _setting("HUBBUB_POSTGRES_PORT", 0, "Port of the embedded server; 0: any free one.")
    pool_size: int = _setting("HUBBUB_DATABASE_POOL_SIZE", 10, "Connections that each process may hold.")
    deadline_seconds: float = _setting(
        "HUBBUB_DATABASE_DEADLINE", 2.0, "Longest that a request waits for the database, in seconds."
    )


@dataclass(frozen=True, slots=True)
class ValkeySettings:
    """Valkey 8 or Redis 7, or newer."""

    url: Secret = _setting(
        "HUBBUB_VALKEY_URL",
        Secret(""),
        "redis://, rediss:// or valkey:// URL; empty starts the embedded one.",
    )
    embedded_port: int = _setting("HUBBUB_VALKEY_PORT", 0, "Port of the embedded server; 0: any free one.")
    deadline_seconds: float = _setting(
        "HUBBUB_VALKEY_DEADLINE", 0.1, "Longest that a request waits for Valkey, in seconds."
    )


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """Accounts, tokens and sessions."""

    secret_key: Secret = _setting(
        "HUBBUB_SECRET_KEY",
        Secret(""),
        "At least 32 characters; seals keys at rest. Outside production one is made in the data directory.",
    )
    access_ttl_seconds: int = _setting("HUBBUB_ACCESS_TTL", 900, "Life of an access token, in seconds.")
    session_ttl_days: int = _setting(
        "HUBBUB_SESSION_TTL_DAYS", 60, "Days after which an unused session ends."
    )
    deletion_grace_days: int = _setting(
        "HUBBUB_DELETION_GRACE_DAYS", 30, "Days between asking for deletion and the purge."
    )
    hash_threads: int = _setting("HUBBUB_HASH_THREADS", 2, "Passwords hashed at once by a process.")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Outgoing mail."""

    smtp_url: Secret = _setting(
        "HUBBUB_SMTP_URL",
        Secret(""),
        "smtp:// or smtps:// URL; empty writes .eml files to the data directory.",
    )
    sender: str = _setting("HUBBUB_MAIL_FROM", "Hubbub <hubbub@localhost>", "Sender of every mail.")


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Notifications to devices, and requests to other servers."""

    contact: str = _setting(
        "HUBBUB_PUSH_CONTACT", "", "mailto: or https: URL for push services; empty is HUBBUB_MAIL_FROM."
    )
    fcm_credentials: Secret = _setting(
        "HUBBUB_FCM_CREDENTIALS", Secret(""), "Service account for Firebase: its JSON, or the file of it."
    )
    fcm_url: str = _setting("HUBBUB_FCM_URL", "https://fcm.googleapis.com", "Firebase Cloud Messaging.")
    apns_key: Secret = _setting(
        "HUBBUB_APNS_KEY", Secret(""), "Apple's signing key (.p8): its text, or the file of it."
    )
    apns_key_id: str = _setting("HUBBUB_APNS_KEY_ID", "", "Id of that key.")
    apns_team_id: str = _setting("HUBBUB_APNS_TEAM_ID", "", "Id of the team that it belongs to.")
    apns_topic: str = _setting("HUBBUB_APNS_TOPIC", "", "Bundle id of the app that Apple delivers to.")
    apns_url: str = _setting("HUBBUB_APNS_URL", "https://api.push.apple.com", "Apple's push service.")
    apns_sandbox_url: str = _setting(
        "HUBBUB_APNS_SANDBOX_URL", "https://api.sandbox.push.apple.com", "The same for development builds."
    )
    outgoing_allow: tuple[Network, ...] = _setting(
        "HUBBUB_OUTGOING_ALLOW", (), "Networks beside the public internet that everybody's URLs may lead to."
    )


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Home lists in Valkey."""

    home_list_length: int = _setting(
        "HUBBUB_HOME_LIST_LENGTH", 840, "Posts that a home list holds; what is older comes from PostgreSQL."
    )
    home_list_days: float = _setting(
        "HUBBUB_HOME_LIST_DAYS", 7.0, "Days after which the list of an account that is not seen is dropped."
    )
    celebrity_followers: int = _setting(
        "HUBBUB_CELEBRITY_FOLLOWERS",
        20_000,
        "Followers above which posts go to no home list; readers merge them in. Not undone.",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, by concern."""

    env: Literal["development", "production"] = _setting(
        "HUBBUB_ENV", "development", "development or production; production refuses unsafe settings."
    )
    data_dir: Path = _setting(
        "HUBBUB_DATA_DIR", Path(".data"), "Directory of the embedded engines, keys and mails."
    )
    rate_factor: float = _setting(
        "HUBBUB_RATE_FACTOR", 1.0, "Multiplies every rate budget, for load tests; at most 1 in production."
    )
    server: ServerSettings = field(default_factory=ServerSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    valkey: ValkeySettings = field(default_factory=ValkeySettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    mail: MailSettings = field(default_factory=MailSettings)
    feeds: FeedSettings = field(default_factory=FeedSettings)
    push: PushSettings = field(default_factory=PushSettings)

    @property
    def is_production(self) -> bool:
        return self.env == "production"


SECTIONS: dict[str, type[Any]] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "valkey": ValkeySettings,
    "identity": IdentitySettings,
    "mail": MailSettings,
    "feeds": FeedSettings,
    "push": PushSettings,
}


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Parse the environment, or raise SettingsError naming every wrong variable at once."""
    env = os.environ if env is None else env
    problems: list[str] = []
    sections: list[type[Any]] = [Settings, *SECTIONS.values()]
    known = {spec.metadata["variable"] for cls in sections for spec in fields(cls) if spec.metadata}
    known.add(LISTEN_TOKEN)
    problems += [
        f"{name}: there is no such setting"
        for name in sorted(env)
        if name.startswith("HUBBUB_") and not name.startswith("HUBBUB_TEST_") and name not in known
    ]
    values = {name: _read_section(cls, env, problems) for name, cls in SECTIONS.items()}
    top = _read_values(Settings, env, problems)
    settings = Settings(**top, **values)
    named = {problem.partition(":")[0] for problem in problems}
    # A value that could not be read has its default here; nobody is told about that.
    problems += [each for each in _contradictions(settings) if each.partition(":")[0] not in named]
    if problems:
        raise SettingsError(problems)
    return settings


def _read_section(cls: type[Any], env: Mapping[str, str], problems: list[str]) -> Any:
    return cls(**_read_values(cls, env, problems))


def _read_values(cls: type[Any], env: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    types = get_type_hints(cls)
    values: dict[str, Any] = {}
    for spec in fields(cls):
        variable = spec.metadata.get("variable")
        raw = env.get(variable, "").strip() if variable else ""
        if not raw:
            continue
        try:
            values[spec.name] = _parse(types[spec.name], raw)
        except ValueError as error:
            problems.append(f"{variable}: {error}")
    return values


def _parse(type_: Any, raw: str) -> Any:
    if type_ in (int, float):
        try:
            number = type_(raw)
        except ValueError:
            raise ValueError(f"must be a number, not {raw[:40]!r}") from None
        if not 0 <= number < float("inf"):
            raise ValueError(f"must be zero or more, not {raw[:40]!r}")
        return number
    if type_ == tuple[Network, ...]:
        return tuple(ip_network(part.strip()) for part in raw.split(",") if part.strip())
    if type_ == tuple[str, ...]:
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if type_ in (Secret, Path, str):
        return type_(raw)
    choices = type_.__args__
    if raw not in choices:
        raise ValueError(f"must be one of {', '.join(choices)}")
    return raw


def _contradictions(settings: Settings) -> list[str]:
    """What each value alone allows and all together do not."""
    problems = []
    key = settings.identity.secret_key
    if key and len(key) < 32:
        problems.append("HUBBUB_SECRET_KEY: must have at least 32 characters")
    if settings.server.log_level not in ("debug", "info", "warning", "error"):
        problems.append("HUBBUB_LOG_LEVEL: must be one of debug, info, warning, error")
    if settings.server.log_format not in ("auto", "json", "text"):
        problems.append("HUBBUB_LOG_FORMAT: must be one of auto, json, text")
    for variable, port in (
        ("HUBBUB_PORT", settings.server.port),
        ("HUBBUB_METRICS_PORT", settings.server.metrics_port),
        ("HUBBUB_POSTGRES_PORT", settings.database.embedded_port),
        ("HUBBUB_VALKEY_PORT", settings.valkey.embedded_port),
    ):
        if port > 65535:
            problems.append(f"{variable}: must be at most 65535")
    problems += _out_of_bounds(settings)
    for variable, url, schemes in (
        ("HUBBUB_DATABASE_URL", settings.database.url, ("postgresql", "postgres")),
        ("HUBBUB_VALKEY_URL", settings.valkey.url, ("redis", "rediss", "valkey", "valkeys", "unix")),
        ("HUBBUB_SMTP_URL", settings.mail.smtp_url, ("smtp", "smtps")),
        ("HUBBUB_PUBLIC_URL", settings.server.public_url, ("http", "https")),
        ("HUBBUB_FCM_URL", settings.push.fcm_url, ("https", "http")),
        ("HUBBUB_APNS_URL", settings.push.apns_url, ("https", "http")),
        ("HUBBUB_APNS_SANDBOX_URL", settings.push.apns_sandbox_url, ("https", "http")),
    ):
        if url and url.partition("://")[0].lower() not in schemes:
            problems.append(f"{variable}: must begin with one of {', '.join(s + '://' for s in schemes)}")
        elif url and not _is_readable(url):
            problems.append(
                f"{variable}: cannot be read; in a user name or password write / as %2F, @ as %40, : as %3A"
            )
    origin = settings.server.public_url
    if "://" in origin and _is_readable(origin) and not _is_origin(origin):
        problems.append(
            "HUBBUB_PUBLIC_URL: must be an origin, such as https://hubbub.example, without a path"
        )
    if not _is_sender(settings.mail.sender):
        problems.append("HUBBUB_MAIL_FROM: must hold an address, such as Hubbub <hubbub@example.org>")
    problems += _push_problems(settings.push)
    if settings.is_production:
        problems += _unfit_for_production(settings)
    return problems


def _out_of_bounds(settings: Settings) -> list[str]:
    """Numbers with which nothing would be answered, or dates and threads run out."""
    server, database, identity = settings.server, settings.database, settings.identity
    bounds: tuple[tuple[str, float, float, float], ...] = (
        ("HUBBUB_MAX_IN_FLIGHT", server.max_in_flight, 1, 100_000),
        ("HUBBUB_IDLE_SECONDS", server.idle_seconds, 0.1, 86_400),
        ("HUBBUB_MAX_CONNECTIONS", server.max_connections, 1, 1_000_000),
        ("HUBBUB_MAX_CONNECTIONS_PER_ADDRESS", server.max_connections_per_address, 1, 1_000_000),
        ("HUBBUB_DATABASE_POOL_SIZE", database.pool_size, 1, 1_000),
        ("HUBBUB_DATABASE_DEADLINE", database.deadline_seconds, 0.01, 3_600),
        ("HUBBUB_VALKEY_DEADLINE", settings.valkey.deadline_seconds, 0.001, 60),
        ("HUBBUB_ACCESS_TTL", identity.access_ttl_seconds, 1, 31 * 86_400),
        ("HUBBUB_SESSION_TTL_DAYS", identity.session_ttl_days, 1, 3_650),
        ("HUBBUB_DELETION_GRACE_DAYS", identity.deletion_grace_days, 0, 3_650),
        ("HUBBUB_HASH_THREADS", identity.hash_threads, 1, 256),
        ("HUBBUB_HOME_LIST_LENGTH", settings.feeds.home_list_length, 100, 5_000),
        ("HUBBUB_HOME_LIST_DAYS", settings.feeds.home_list_days, 0.01, 365),
        ("HUBBUB_CELEBRITY_FOLLOWERS", settings.feeds.celebrity_followers, 100, 1_000_000_000),
    )
    return [
        f"{variable}: must be from {least:g} to {most:,g}"
        for variable, value, least, most in bounds
        if not least <= value <= most
    ]


def _push_problems(push: PushSettings) -> list[str]:
    apns = {
        "HUBBUB_APNS_KEY": push.apns_key,
        "HUBBUB_APNS_KEY_ID": push.apns_key_id,
        "HUBBUB_APNS_TEAM_ID": push.apns_team_id,
        "HUBBUB_APNS_TOPIC": push.apns_topic,
    }
    given, missing = [name for name in apns if apns[name]], [name for name in apns if not apns[name]]
    return [f"{given[0]}: needs {', '.join(missing)} too"] if given and missing else []


def _is_origin(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and not (parts.path.strip("/") or parts.query or parts.fragment)


def _is_sender(sender: str) -> bool:
    name, _, host = parseaddr(sender)[1].rpartition("@")
    return bool(name and host) and sender.isprintable()


def _is_readable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # A URL of several PostgreSQL servers has more than one port.
        has_port = "," in parts.netloc or parts.port != 0
    except ValueError:
        return False
    return has_port and parts.netloc.count("@") <= 1 and "@" not in parts.path


def _unfit_for_production(settings: Settings) -> list[str]:
    problems = []
    key = settings.identity.secret_key
    if not key:
        problems.append("HUBBUB_SECRET_KEY: must be set in production")
    elif len(set(key)) < 10:
        problems.append(
            "HUBBUB_SECRET_KEY: is too simple for production; make one with `openssl rand -hex 32`"
        )
    if not settings.server.public_url:
        problems.append("HUBBUB_PUBLIC_URL: must be set in production")
    if settings.rate_factor > 1:
        problems.append("HUBBUB_RATE_FACTOR: must be at most 1 in production")
    return problems
