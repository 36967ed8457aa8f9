"""Public cards and profiles of accounts, rendered once for every viewer, with what the rule asks of accounts.

Looked for in this process, then in Valkey, then in PostgreSQL. A fragment carries the version of the
account it was made from, so that whoever knows the current version never shows an older one.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Literal

import msgspec

from hubbub.accounts.present import card_view, public_profile
from hubbub.accounts.queries import Account
from hubbub.accounts.schemas import CardView, PublicProfile
from hubbub.accounts.service import load_accounts
from hubbub.platform.cache import LocalCache
from hubbub.platform.db import Database
from hubbub.platform.kept import keep, read_kept, take_back
from hubbub.platform.services import Services
from hubbub.platform.valkey import Valkey, ValkeyRefused, ValkeyUnavailable
from hubbub.visibility import AccountFacts

log = logging.getLogger(__name__)

Kind = Literal["card", "profile"]
Key = tuple[Kind, int]

# Part of every key: raise it when a view changes, so that no process reads what it does not know.
FORMAT = 3
LOCAL_BYTES = 32 * 1024 * 1024
# How stale a fragment may get when an invalidation was lost and nobody noticed.
LOCAL_TTL_SECONDS = 15.0
VALKEY_TTL_MS = 3_600_000
FRAGMENT_BYTES = 350


class Fragment(AccountFacts, kw_only=True, omit_defaults=True):
    """An account's card or profile as JSON, with its facts. `is_live` ends when it leaves the cache."""

    json: msgspec.Raw
    is_live: bool = True


_decode = msgspec.json.Decoder(Fragment).decode
_encode = msgspec.json.Encoder().encode
_decode_card = msgspec.json.Decoder(CardView).decode
_decode_view = {"card": _decode_card, "profile": msgspec.json.Decoder(PublicProfile).decode}


class AccountCache:
    """One per process. Without Valkey it goes to PostgreSQL."""

    def __init__(self, db: Database, valkey: Valkey, public_url: str) -> None:
        self._db = db
        self._valkey = valkey
        self._public_url = public_url
        self._local: LocalCache[Key, Fragment] = LocalCache(
            max_bytes=LOCAL_BYTES,
            ttl_seconds=LOCAL_TTL_SECONDS,
            size_of=lambda fragment: len(fragment.json) + FRAGMENT_BYTES,
            on_drop=_end,
            name="accounts",
        )

    async def load(
        self, kind: Kind, account_ids: Iterable[int], versions: Mapping[int, int] | None = None
    ) -> dict[int, Fragment]:
        """Fragments by id; missing accounts are left out. None is older than its entry in `versions`."""
        keys: list[Key] = [(kind, account_id) for account_id in dict.fromkeys(account_ids)]
        known = versions or {}

        def is_old(key: Key, fragment: Fragment) -> bool:
            return fragment.version < known.get(key[1], 0)

        async def load(missing: Collection[Key]) -> dict[Key, Fragment]:
            found = await self._read(missing)
            outdated = [key for key, fragment in found.items() if is_old(key, fragment)]
            if outdated:
                with suppress(ValkeyUnavailable, ValkeyRefused):
                    await self._take_back(outdated)
            found = {key: fragment for key, fragment in found.items() if key not in outdated}
            rest = await self._select([key for key in missing if key not in found])
            await self._write(rest)
            return found | rest

        found: dict[Key, Fragment] = {}
        # A load that somebody else began may end with an older version; one that begins now does not.
        for _ in range(3):
            found = await self._local.get_or_load_many(keys, load)
            old = [key for key, fragment in found.items() if is_old(key, fragment)]
            if not old:
                break
            for key in old:
                self._local.invalidate(key)
        return {key[1]: found[key] for key in keys if key in found}

    async def load_directly(self, kind: Kind, account_ids: Iterable[int]) -> dict[int, Fragment]:
        """From PostgreSQL, for when nothing cached can be believed."""
        found = await self._select([(kind, account_id) for account_id in dict.fromkeys(account_ids)])
        return {key[1]: fragment for key, fragment in found.items()}

    def hear(self, account_ids: Collection[int]) -> None:
        """These have changed: forget them in this process."""
        for account_id in account_ids:
            for key in _keys_of(account_id):
                self._local.invalidate(key)

    async def spread(self, account_ids: Collection[int]) -> None:
        """Take back what stands in Valkey. Raises ValkeyUnavailable."""
        await self._take_back([key for account_id in account_ids for key in _keys_of(account_id)])

    def forget_all(self) -> None:
        """For when changes may have been missed."""
        self._local.clear()

    async def _take_back(self, keys: Iterable[Key]) -> None:
        await take_back(self._valkey, [_valkey_key(key) for key in keys])

    async def _read(self, keys: Collection[Key]) -> dict[Key, Fragment]:
        try:
            values = await read_kept(self._valkey, [_valkey_key(key) for key in keys])
        except (ValkeyUnavailable, ValkeyRefused):
            return {}
        found = {}
        for key, value in zip(keys, values, strict=True):
            fragment = _read_fragment(key, value) if value else None
            if fragment is not None:
                found[key] = fragment
        return found

    async def _select(self, keys: list[Key]) -> dict[Key, Fragment]:
        if not keys:
            return {}
        async with self._db.connection() as tx:
            accounts = await load_accounts(tx, [account_id for _, account_id in keys])
        return {key: self._render(key, accounts[key[1]]) for key in keys if key[1] in accounts}

    async def _write(self, found: Mapping[Key, Fragment]) -> None:
        if not found:
            return
        values = {_valkey_key(key): _encode(fragment) for key, fragment in found.items()}
        try:
            await keep(self._valkey, values, ttl_ms=VALKEY_TTL_MS)
        except (ValkeyUnavailable, ValkeyRefused):
            log.debug("cards are not kept in Valkey")

    def _render(self, key: Key, account: Account) -> Fragment:
        view = card_view if key[0] == "card" else public_profile
        return Fragment(
            is_active=account.state == "active",
            is_private=account.is_private,
            version=account.version,
            json=msgspec.Raw(_encode(view(account, self._public_url))),
        )


async def load_cards(
    services: Services, account_ids: Iterable[int], *, versions: Mapping[int, int] | None = None
) -> dict[int, CardView]:
    """Cards by id, in the order asked for; missing accounts are left out, nothing else is judged.

    With `versions` (`Facts.versions()`) no card is older than these; without, a change shows at once here
    and within a moment elsewhere. What is not cached takes one statement on a connection of its own, so
    call it while holding none.
    """
    fragments = await services.part(AccountCache).load("card", account_ids, versions or {})
    return {account_id: _decode_card(fragment.json) for account_id, fragment in fragments.items()}


def read_card(fragment: Fragment) -> CardView:
    return _decode_card(fragment.json)


async def load_fragments(
    services: Services, kind: Kind, account_ids: Iterable[int], *, is_direct: bool = False
) -> dict[int, Fragment]:
    """Cards (CardView) or profiles (PublicProfile) as JSON, with the facts about their accounts.

    As current as the changes that were heard; `is_direct` when none can be heard: then from PostgreSQL.
    """
    cache = services.part(AccountCache)
    return await (cache.load_directly(kind, account_ids) if is_direct else cache.load(kind, account_ids))


async def refresh_account(services: Services, account_id: int) -> None:
    """Say once more that an account has changed; its verbs say so themselves when they are committed."""
    await services.changes.spread({"account": {account_id}})


async def start_accounts(services: Services) -> None:
    """Keep a cache in this process, and listen to what others change."""
    cache = AccountCache(services.db, services.valkey, services.public_url)
    services.add(cache)
    services.changes.on("account", hear=cache.hear, spread=cache.spread, on_gap=cache.forget_all)


def _end(fragment: Fragment) -> None:
    fragment.is_live = False


def _read_fragment(key: Key, value: bytes) -> Fragment | None:
    """None for what cannot be shown, which is then made anew."""
    try:
        fragment = _decode(value)
        _decode_view[key[0]](fragment.json)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        log.warning("an unreadable entry in Valkey: %s", _valkey_key(key))
        return None
    return fragment


def _keys_of(account_id: int) -> tuple[Key, Key]:
    return ("card", account_id), ("profile", account_id)


def _valkey_key(key: Key) -> str:
    return f"{key[0]}:{FORMAT}:{{{key[1]}}}"
