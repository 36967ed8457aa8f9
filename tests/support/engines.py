"""Real engines for tests: each test process has its own PostgreSQL and Valkey, ready in about a second.

A process of its own is simpler than sharing, and no slower: making a cluster costs 0.3 s on its own core.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import redis.asyncio

from hubbub.platform.engines import DataDir, Postgres, Valkey
from hubbub.platform.migrations import migrate

T = TypeVar("T")

# One call empties what a test has filled. Most tests fill few tables, so looking first is much faster
# than truncating all; DELETE beats TRUNCATE on a handful of rows as no file is made anew, until dead
# rows pile up. Tables that the migrations fill are put back as they were.
CLEANING = """
CREATE SCHEMA pristine;
CREATE PROCEDURE pristine.clean() LANGUAGE plpgsql AS $$
DECLARE
    name regclass;
    is_filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'schema_migrations' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO is_filled;
        IF pg_relation_size(name) > 131072 THEN
            EXECUTE format('TRUNCATE %s CASCADE', name);
        ELSIF is_filled THEN
            EXECUTE format('DELETE FROM %s', name);
        END IF;
    END LOOP;
    FOR name IN SELECT c.oid FROM pg_class AS c, pg_class AS kept WHERE c.relname = kept.relname
        AND c.relnamespace = 'public'::regnamespace AND kept.relnamespace = 'pristine'::regnamespace LOOP
        EXECUTE format('INSERT INTO %s SELECT * FROM pristine.%s', name, name);
    END LOOP;
END $$;
DO $$
DECLARE
    name regclass;
    is_filled boolean;
BEGIN
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'schema_migrations' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO is_filled;
        IF is_filled THEN
            EXECUTE format('CREATE TABLE pristine.%s AS SELECT * FROM %s', name, name);
        END IF;
    END LOOP;
END $$;
"""


class Server(Protocol):
    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class GivenServer:
    """One that runs already. Tests empty it, and it is used by one test process at a time."""

    url: str

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


class TestEngines:
    """A durable-less PostgreSQL with a migrated template, a Valkey, and a loop of its own to reach them.

    HUBBUB_TEST_DATABASE_URL (of a superuser) and HUBBUB_TEST_VALKEY_URL name others to test against.
    """

    __test__ = False

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="hubbub-tests-"))
        data_dir = DataDir(self._directory)
        data_dir.prepare()
        database_url = os.environ.get("HUBBUB_TEST_DATABASE_URL")
        valkey_url = os.environ.get("HUBBUB_TEST_VALKEY_URL")
        self._superuser = "" if database_url else f"postgres:{data_dir.secret('postgres.superuser.key')}"
        self._owner = unquote(urlsplit(database_url or "").username or "hubbub")
        self._template = f"template_{secrets.token_hex(6)}"
        self._databases: list[str] = [self._template]
        self.postgres: Server = (
            GivenServer(database_url) if database_url else Postgres(data_dir, is_durable=False)
        )
        self.valkey: Server = GivenServer(valkey_url) if valkey_url else Valkey(data_dir, memory="64mb")
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="test-engines", daemon=True)

    def start(self) -> None:
        # A cluster that nobody else sees needs no files that are safe from others, but must be passable.
        self._directory.chmod(0o711)
        self._thread.start()
        self.valkey.start()
        self.postgres.start()
        self.await_(self._make_template())

    def stop(self) -> None:
        self.valkey.stop()
        if not self._superuser:
            for name in self._databases:
                self.await_(self._drop(name))
        self.postgres.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def await_(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the engines' own loop, so that it works within tests and outside of them."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(60)

    def new_database(self, *, is_migrated: bool = True) -> str:
        """The URL of a database cloned from the migrated template, or of an empty one."""
        name = f"test_{secrets.token_hex(6)}"
        self._databases.append(name)
        self.await_(self._create(name, template=self._template if is_migrated else "template0"))
        return _with_database(self.postgres.url, name)

    def drop_database(self, url: str) -> None:
        self.await_(self._drop(urlsplit(url).path[1:]))

    def superuser_url(self, url: str) -> str:
        return url.replace(urlsplit(url).netloc.split("@")[0], self._superuser) if self._superuser else url

    async def _execute(self, sql: str, *, url: str | None = None) -> None:
        connection = await asyncpg.connect(self.superuser_url(url or self.postgres.url))
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def _create(self, name: str, *, template: str) -> None:
        await self._execute(
            f'CREATE DATABASE {name} OWNER "{self._owner}" TEMPLATE {template} STRATEGY file_copy'
        )

    async def _drop(self, name: str) -> None:
        await self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def _make_template(self) -> None:
        await self._create(self._template, template="template0")
        url = _with_database(self.postgres.url, self._template)
        await migrate(url)
        await self._execute(CLEANING, url=url)


class Cleaner:
    """Empties one database and one Valkey over connections that it keeps, in some milliseconds."""

    def __init__(self, engines: TestEngines, database_url: str) -> None:
        self._engines = engines
        self._database_url = database_url
        self._connection: Any = None
        self._valkey: redis.asyncio.Redis | None = None

    def clean(self) -> None:
        self._engines.await_(self._clean())

    def close(self) -> None:
        self._engines.await_(self._close())

    async def _clean(self) -> None:
        if self._valkey is None:
            self._valkey = redis.asyncio.Redis.from_url(self._engines.valkey.url)
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._engines.superuser_url(self._database_url))
        # A connection that a test left open inside a transaction would otherwise block us for ever.
        await self._connection.execute("SET lock_timeout = '5s'; CALL pristine.clean()")
        await self._valkey.flushall()

    async def _close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        if self._valkey is not None:
            await self._valkey.aclose()


@contextmanager
def running_engines() -> Iterator[TestEngines]:
    engines = TestEngines()
    engines.start()
    try:
        yield engines
    finally:
        engines.stop()


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
