"""Stamps: one text an account in Valkey that is another one as soon as what is remembered of it is wrong."""

from collections.abc import Collection, Sequence
from typing import Literal

from hubbub.platform.valkey import Ask, Valkey

Part = Literal["relations", "reactions", "posts"]

PARTS: dict[Part, str] = {"relations": "r", "reactions": "s", "posts": "p"}
TTL_SECONDS = 7 * 86_400


def stamp_key(account_id: int) -> str:
    return f"stamp:{{account:{account_id}}}"


def home_key(account_id: int) -> str:
    """The home list, which goes when the stamp cannot be believed any more."""
    return f"home:{{account:{account_id}}}"


class Stamps:
    def __init__(self, valkey: Valkey, *, ttl_seconds: float = TTL_SECONDS) -> None:
        self._valkey = valkey
        self._ttl_ms = int(ttl_seconds * 1000)

    def look(self, account_id: int) -> Ask[str]:
        """The stamp, `era.relations.reactions.posts`; to be read before what is remembered under it.

        Asked for when it is awaited, or with the charge of a rate budget. Raises ValkeyUnavailable.
        """
        keys = (stamp_key(account_id), home_key(account_id))
        return Ask(self._valkey, "stamps", keys, (self._ttl_ms,), _only_stamp)

    def look_at(self, account_ids: Sequence[int]) -> Ask[list[str]] | None:
        """The same of several; None where they are on different servers."""
        keys = [key for id_ in account_ids for key in (stamp_key(id_), home_key(id_))]
        if len({self._valkey.slot(key) for key in keys}) > 1:
            return None
        return Ask(self._valkey, "stamps", keys, (self._ttl_ms,), _all_stamps)

    async def touch(self, part: Part, account_ids: Collection[int]) -> int:
        """Give a part of each stamp another value; how many stood. To be called after the commit."""
        groups: dict[int, list[str]] = {}
        for account_id in account_ids:
            key = stamp_key(account_id)
            groups.setdefault(self._valkey.slot(key), []).append(key)
        sent = [
            self._valkey.send("FCALL", "hubbub_touch", len(keys), *keys, PARTS[part], read=int)
            for keys in groups.values()
        ]
        return sum([await each for each in sent])


def _all_stamps(reply: list[bytes]) -> list[str]:
    return [stamp.decode() for stamp in reply]


def _only_stamp(reply: list[bytes]) -> str:
    return reply[0].decode()
