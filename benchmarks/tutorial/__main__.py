"""Compare the feeds of the baseline with Hubbub's: the same readers must get the same posts.

    python -m benchmarks.tutorial [--readers 16] [--pages 3]

Starts a small Hubbub of its own, fills it, copies it into the baseline. Exits with 1 when a feed differs.
"""

import argparse
import sys

import asyncpg
import uvloop

from benchmarks.processes import Hubbub, running_hubbub
from benchmarks.scene import PASSWORD, Size, prepare
from benchmarks.tutorial.compare import differing_readers
from benchmarks.tutorial.data import copy_people, create_database
from benchmarks.tutorial.packages import Packages, TutorialUnavailable, hash_password, install
from benchmarks.tutorial.stack import Engines, running_tutorial


async def compare(hubbub: Hubbub, packages: Packages, readers: int, pages: int) -> int:
    database = await asyncpg.connect(hubbub.urls.database_url)
    try:
        scene = await prepare(hubbub, database, Size(people=100, posts_each=10, follows=40))
    finally:
        await database.close()
    url = await create_database(hubbub.urls.database_url)
    password_hash = hash_password(packages, PASSWORD)
    rows = await copy_people(
        hubbub.urls.database_url, url, password_hash=password_hash, avatars=hubbub.urls.api_url
    )
    print("copied:", ", ".join(f"{count:,} {table}" for table, count in rows.items()))
    engines = Engines(
        hubbub.urls.database_url, hubbub.urls.valkey_url, hubbub.pids["postgres"], hubbub.pids["valkey"]
    )
    asked = scene.readers[:readers]
    with running_tutorial(packages, engines, password=PASSWORD) as target:
        wrong = await differing_readers(target, hubbub.urls.api_url, asked, pages)
    print(f"{len(asked)} feeds of {pages} pages: {len(wrong)} differ")
    for handle, difference in wrong.items():
        print(f"  {handle}: {difference}")
    return int(bool(wrong))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tutorial", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--pages", type=int, default=3)
    options = parser.parse_args()
    try:
        packages = install()
        print("baseline:", ", ".join(f"{name} {version}" for name, version in packages.versions().items()))
        with running_hubbub() as hubbub:
            sys.exit(uvloop.run(compare(hubbub, packages, options.readers, options.pages)))
    except TutorialUnavailable as error:
        sys.exit(f"void: {error}")


if __name__ == "__main__":
    main()
