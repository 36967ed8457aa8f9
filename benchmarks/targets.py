"""What is measured: a system that runs here, its processes and the people who may ask it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from hubbub.bench import Api, Person


class Target(Api, Protocol):
    """An API, and what only somebody on the same machine can know of it."""

    def pids(self) -> Mapping[str, int]:
        """Roles and their processes, such as {"serve": 12, "postgres": 13}; children count with them."""
        ...

    async def sign_in(self, account_ids: Sequence[int]) -> list[Person]:
        """Tokens for these accounts that outlive the run, without the price of a password hash each."""
        ...

    async def settle(self) -> None:
        """Wait until all background work of earlier writes is done."""
        ...
