"""Load a made-up population into an empty, migrated database.

    python -m benchmarks.population --accounts 100000 --posts-per-account 5 --seed 1 --database-url URL

Without a URL it goes into the database of the Hubbub that runs on this machine (HUBBUB_DATA_DIR).
"""

import argparse
import asyncio
import sys
import time

from benchmarks.population import PASSWORD, NotEmpty, Population, Summary, load
from hubbub.cli.connection import connected
from hubbub.settings import read_settings


class Bar:
    """A bar on a terminal, else a line at each tenth."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()
        self._started = time.monotonic()
        self._shown = ("", -1)

    def __call__(self, step: str, done: int, total: int) -> None:
        share = (100 if self._is_watched else 10) * done // max(total, 1)
        if self._shown == (step, share):
            return
        seconds = time.monotonic() - self._started
        if self._is_watched:
            start = "\r" if self._shown[0] in ("", step) else "\n"
            bar = f"{'█' * (share * 3 // 10):30}"
            print(
                f"{start}{step:16} {bar} {done:>11,} of {total:,}, {seconds:.0f} s ", end="", file=sys.stderr
            )
        else:
            print(f"{step}: {done:,} of {total:,}, {seconds:.0f} s", file=sys.stderr)
        sys.stderr.flush()
        self._shown = (step, share)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.population",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--posts-per-account", type=float, default=5.0)
    parser.add_argument("--likes-per-post", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", default="")
    options = parser.parse_args()
    url = options.database_url or connected(read_settings()).database.url
    plan = Population(
        accounts=options.accounts,
        posts_per_account=options.posts_per_account,
        likes_per_post=options.likes_per_post,
        seed=options.seed,
    )
    try:
        summary = asyncio.run(load(url, plan, progress=Bar()))
    except (NotEmpty, ValueError) as error:
        raise SystemExit(f"population: {error}") from None
    tell(summary)


def tell(summary: Summary) -> None:
    print(f"\nLoaded in {summary.seconds:.1f} s, everybody with the password: {PASSWORD}")
    for table, rows in summary.rows.items():
        print(f"  {table:14} {rows:>12,}")
    print(f"Followed by 20 %: {summary.celebrity.handle}, by 1 %: {summary.popular.handle}")
    for followers, author in summary.authors.items():
        print(f"Followed by {followers:,}: {author.handle}")
    for follows, readers in summary.readers.items():
        print(f"Follow {follows:,} each: {', '.join(reader.handle for reader in readers)}")


if __name__ == "__main__":
    main()
