"""Hubbub as something to be measured: a running one on this machine, with its database at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import asyncpg

from benchmarks.processes import Hubbub
from benchmarks.scene import Connection, settle
from hubbub.app import open_services
from hubbub.bench import HubbubApi, Person
from hubbub.cli.connection import connected
from hubbub.identity import Client, Identity, open_session
from hubbub.platform.db import Tx
from hubbub.settings import Settings

AT_ONCE = 200
BENCH = Client(ip="127.0.0.1", user_agent="benchmarks")


def settings_beside(data_dir: Path, port: int) -> Settings:
    """Of a process that works on what a running Hubbub works on."""
    settings = connected(Settings(data_dir=data_dir))
    # The issuer of a token is the address at which the API runs.
    server = replace(settings.server, port=port)
    identity = replace(settings.identity, access_ttl_seconds=Hubbub.access_ttl_seconds)
    database = replace(settings.database, deadline_seconds=60.0)
    valkey = replace(settings.valkey, deadline_seconds=10.0)
    return replace(settings, server=server, identity=identity, database=database, valkey=valkey)


class HubbubTarget(HubbubApi):
    def __init__(self, hubbub: Hubbub, *, password: str) -> None:
        super().__init__(hubbub.urls.api_url, password=password)
        self._hubbub = hubbub
        self._database: Connection | None = None

    def pids(self) -> Mapping[str, int]:
        return self._hubbub.pids

    async def sign_in(self, account_ids: Sequence[int]) -> list[Person]:
        people: list[Person] = []
        async with open_services(settings_beside(self._hubbub.data_dir, self._hubbub.port)) as services:
            access = services.part(Identity).access

            async def sign(tx: Tx, ids: Sequence[int]) -> list[Person]:
                rows = await tx.fetch("SELECT id, handle FROM accounts WHERE id = ANY($1)", ids)
                handles = {row["id"]: row["handle"] for row in rows}
                signed = []
                for id_ in ids:
                    session = await open_session(services, tx, account_id=id_, client=BENCH)
                    token = await access.issue(id_, session.session_id)
                    signed.append(Person(id_, handles[id_], token))
                return signed

            for start in range(0, len(account_ids), AT_ONCE):
                async with services.db.transaction() as tx:
                    people += await sign(tx, account_ids[start : start + AT_ONCE])
        return people

    async def settle(self) -> None:
        # Kept open: a new connection is a new process of PostgreSQL, whose CPU would be counted.
        if self._database is None:
            self._database = await asyncpg.connect(self._hubbub.urls.database_url)
        await settle(self._database)

    async def aclose(self) -> None:
        if self._database is not None:
            await self._database.close()
