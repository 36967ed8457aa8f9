"""Check a running system that `hubbub demo` filled: counts against their rows, home pages against plain SQL.

    hubbub run                               # in another terminal
    hubbub demo --graph friends.txt
    python -m benchmarks.check_demo --pages 50

Reads the database's address from the data directory (HUBBUB_DATA_DIR). Exits with 1 when anything differs.
"""

import argparse
import asyncio
import random

import asyncpg
import httpx

from hubbub.cli.connection import connected
from hubbub.cli.demo import PASSWORD
from hubbub.settings import read_settings
from tests.support.drift import find_drift, home_by_sql

LIMIT = 40


async def main(pages: int, seed: int) -> int:
    settings = connected(read_settings())
    url = f"http://{settings.server.host}:{settings.server.port}"
    connection = await asyncpg.connect(settings.database.url)
    people = await connection.fetch("SELECT id, handle FROM accounts ORDER BY id")
    drift = await find_drift(connection)
    wrong = 0
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        for person in random.Random(seed).sample(people, min(pages, len(people))):
            login = await http.post("/v1/auth/login", json={"login": person["handle"], "password": PASSWORD})
            login.raise_for_status()
            token = {"Authorization": f"Bearer {login.json()['access_token']}"}
            page = (await http.get(f"/v1/feeds/home?limit={LIMIT}", headers=token)).raise_for_status().json()
            expected = await home_by_sql(connection, person["id"], LIMIT)
            wrong += [item["id"] for item in page["items"]] != expected
    await connection.close()
    print(f"{len(people):,} people: {len(drift)} counts differ from their rows")
    print(f"{min(pages, len(people))} home pages of {LIMIT}: {wrong} differ from the independent answer")
    return int(bool(drift or wrong))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    raise SystemExit(asyncio.run(main(options.pages, options.seed)))
