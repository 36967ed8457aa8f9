"""What is wrong with an installation, and how to mend it. Every check looks; none changes anything."""

import asyncio
import re
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg

from hubbub.platform import migrations
from hubbub.platform.db import Database, DatabaseUnavailable, open_database
from hubbub.platform.outbox import list_jobs, outbox_lag
from hubbub.platform.valkey import BadValkeyUrl, Valkey, ValkeyRefused, ValkeyUnavailable, open_valkey
from hubbub.settings import Settings

MIN_POSTGRES = 15
MIN_VALKEY = 7
MAX_LAG_SECONDS = 30.0
MAX_CLOCK_DIFFERENCE_SECONDS = 2.0
MIN_FREE_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is empty where all is well."""

    check: str
    said: str
    remedy: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.remedy


async def examine(settings: Settings) -> list[Finding]:
    """Run every check that can be run; one that breaks is itself a finding."""
    found = [_settings(settings), _mail(settings), _push(settings), _disk(settings.data_dir)]
    found += await _database(settings)
    found += await _valkey(settings)
    return found


def _settings(settings: Settings) -> Finding:
    if not settings.is_production and settings.server.host not in ("127.0.0.1", "::1", "localhost"):
        return Finding(
            "settings",
            f"development mode listens on {settings.server.host}",
            "set HUBBUB_ENV=production, or HUBBUB_HOST=127.0.0.1",
        )
    return Finding("settings", f"{settings.env} mode, all values are acceptable")


def _mail(settings: Settings) -> Finding:
    if settings.mail.smtp_url:
        return Finding("mail", "sent by SMTP")
    said = f"written to files in {settings.data_dir / 'mails'}"
    return Finding("mail", said, "set HUBBUB_SMTP_URL: nobody gets a mail" if settings.is_production else "")


def _push(settings: Settings) -> Finding:
    push = settings.push
    services = ["web", *(["fcm"] if push.fcm_credentials else []), *(["apns"] if push.apns_key else [])]
    said = f"by {', '.join(services)}"
    if push.outgoing_allow:
        said += f"; everybody's URLs may lead to {', '.join(map(str, push.outgoing_allow))}"
    is_nobody = settings.is_production and not push.contact and settings.mail.sender.endswith("@localhost>")
    return Finding(
        "push", said, "set HUBBUB_PUSH_CONTACT: push services want somebody to write to" if is_nobody else ""
    )


def _disk(data_dir: Path) -> Finding:
    folder = data_dir if data_dir.exists() else Path()
    free = shutil.disk_usage(folder).free
    said = f"{free / 1024**3:.1f} GiB free for {data_dir}"
    return Finding("disk", said, "" if free >= MIN_FREE_BYTES else "make room, or move HUBBUB_DATA_DIR")


async def _database(settings: Settings) -> list[Finding]:
    db = await open_database(settings.database.url, pool_size=2, application="hubbub doctor")
    try:
        async with db.connection() as tx:
            await tx.execute("SELECT 1")
        checks = (_postgres_version, _durability, _clock, _migrations, _indexes, _lag, _dead_letters, _jobs)
        return [await _checked(check, db) for check in checks]
    except DatabaseUnavailable as error:
        remedy = "check that PostgreSQL runs and that HUBBUB_DATABASE_URL names it"
        return [Finding("database", f"cannot be reached: {error.detail}", remedy)]
    finally:
        await db.close()


async def _checked(check: Callable[[Any], Awaitable[Finding]], engine: Any) -> Finding:
    try:
        return await check(engine)
    except (
        asyncpg.PostgresError,
        DatabaseUnavailable,
        ValkeyUnavailable,
        migrations.MigrationError,
    ) as error:
        name = check.__name__.strip("_").replace("_", " ")
        return Finding(
            name, f"could not be checked: {error}", "mend what is wrong above, then run this again"
        )


async def _postgres_version(db: Database) -> Finding:
    async with db.connection() as tx:
        number = int(await tx.fetchval("SHOW server_version_num")) // 10_000
    remedy = "" if number >= MIN_POSTGRES else f"upgrade PostgreSQL to {MIN_POSTGRES} or newer"
    return Finding("database", f"PostgreSQL {number} answers", remedy)


async def _durability(db: Database) -> Finding:
    async with db.connection() as tx:
        off = [
            name for name in ("fsync", "synchronous_commit", "full_page_writes") if await _is_off(tx, name)
        ]
    if off:
        said = f"{', '.join(off)} is off: a crash can lose what was acknowledged"
        return Finding("durability", said, f"set {' = on, '.join(off)} = on in postgresql.conf")
    return Finding("durability", "what is acknowledged survives a crash")


async def _is_off(tx: Any, name: str) -> bool:
    return bool(await tx.fetchval("SELECT current_setting($1) = 'off'", name))


async def _clock(db: Database) -> Finding:
    async with db.connection() as tx:
        theirs = float(await tx.fetchval("SELECT extract(epoch FROM clock_timestamp())"))
    difference = abs(theirs - time.time())
    is_far = difference > MAX_CLOCK_DIFFERENCE_SECONDS
    remedy = "let both machines keep time by NTP: ids are made from this clock" if is_far else ""
    return Finding("clock", f"differs by {difference:.1f} s from the database's", remedy)


async def _migrations(db: Database) -> Finding:
    missing = await migrations.pending(db)
    if missing:
        return Finding(
            "migrations", f"{len(missing)} not applied: {', '.join(missing)}", "run `hubbub migrate`"
        )
    return Finding("migrations", "the schema is the one of this release")


async def _indexes(db: Database) -> Finding:
    async with db.connection() as tx:
        rows = await tx.fetch(
            """
            SELECT c.relname AS name, i.indisvalid AS is_valid
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = current_schema()::regnamespace
            """
        )
    there = {row["name"] for row in rows}
    broken = sorted(row["name"] for row in rows if not row["is_valid"])
    missing = sorted(declared_indexes() - there)
    if missing:
        said = f"missing: {', '.join(missing)}"
        return Finding("indexes", said, "create them again as src/hubbub/migrations has them")
    if broken:
        return Finding(
            "indexes", f"invalid: {', '.join(broken)}", f"REINDEX INDEX CONCURRENTLY {broken[0]}; and so on"
        )
    return Finding("indexes", f"all {len(there)} are there and valid")


def declared_indexes() -> set[str]:
    """Names of the indexes that the migrations create and never drop."""
    texts = [
        file.read_text() for file in (files("hubbub") / "migrations").iterdir() if file.name.endswith(".sql")
    ]
    whole = "\n".join(texts)
    created = set(re.findall(r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(\w+)", whole))
    return created - set(re.findall(r"DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(\w+)", whole))


async def _lag(db: Database) -> Finding:
    backlogs = await outbox_lag(db)
    late = [each for each in backlogs if each.lag_seconds > MAX_LAG_SECONDS]
    if late:
        said = "; ".join(
            f"{each.consumer}: {each.pending} events, {each.lag_seconds:.0f} s late" for each in late
        )
        return Finding("events", said, "start more workers with `hubbub work`, and look at their logs")
    return Finding("events", f"{sum(each.pending for each in backlogs)} waiting, none late")


async def _dead_letters(db: Database) -> Finding:
    dead = sum(each.dead for each in await outbox_lag(db))
    if dead:
        said = f"{dead} events failed too often and were set aside"
        return Finding(
            "dead letters", said, "`hubbub admin dead-letters`, mend the cause, then `hubbub admin replay`"
        )
    return Finding("dead letters", "none")


async def _jobs(db: Database) -> Finding:
    failing = [job.name for job in await list_jobs(db) if job.failures]
    if failing:
        return Finding("jobs", f"failing: {', '.join(failing)}", "`hubbub admin jobs` says why")
    return Finding("jobs", "none fails")


async def _valkey(settings: Settings) -> list[Finding]:
    remedy = "check that Valkey or Redis runs and that HUBBUB_VALKEY_URL names it"
    try:
        async with asyncio.timeout(5):
            valkey = await open_valkey(settings.valkey.url, deadline_seconds=2.0)
    except (BadValkeyUrl, ValkeyRefused, OSError, TimeoutError, ValkeyUnavailable) as error:
        return [Finding("valkey", f"cannot be used: {type(error).__name__}: {error}", remedy)]
    try:
        await valkey.ping()
        return [
            await _checked(check, valkey) for check in (_valkey_version, _valkey_functions, _valkey_memory)
        ]
    except ValkeyUnavailable as error:
        return [Finding("valkey", f"does not answer: {error}", remedy)]
    finally:
        await valkey.close()


async def _info(valkey: Valkey, section: str) -> dict[str, str]:
    raw: bytes = await valkey.command("INFO", section)
    lines = [line for line in raw.decode().splitlines() if ":" in line]
    return dict(line.split(":", 1) for line in lines)


async def _valkey_version(valkey: Valkey) -> Finding:
    info = await _info(valkey, "server")
    version = info.get("valkey_version") or info["redis_version"]
    name = "Valkey" if "valkey_version" in info else "Redis"
    is_old = int(info["redis_version"].split(".")[0]) < MIN_VALKEY
    return Finding(
        "valkey", f"{name} {version} answers", "upgrade to Valkey 8 or Redis 7, or newer" if is_old else ""
    )


async def _valkey_functions(valkey: Valkey) -> Finding:
    found = await valkey.command("FUNCTION", "LIST", "LIBRARYNAME", "hubbub")
    if not found:
        return Finding("functions", "our functions are not loaded", "start `hubbub serve`, which loads them")
    return Finding("functions", "our functions are loaded")


async def _valkey_memory(valkey: Valkey) -> Finding:
    info = await _info(valkey, "memory")
    limit, used = int(info.get("maxmemory", 0)), int(info["used_memory"])
    if limit == 0:
        return Finding(
            "valkey memory", f"{used >> 20} MiB used, without a limit", "set maxmemory in its configuration"
        )
    is_full = used > 0.9 * limit
    said = f"{used >> 20} of {limit >> 20} MiB used"
    return Finding(
        "valkey memory", said, "raise maxmemory; pages stay right meanwhile, but slower" if is_full else ""
    )
