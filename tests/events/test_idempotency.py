import asyncio
from collections import Counter

import pytest
from cryptography.exceptions import InvalidTag

from hubbub.platform.db import Database, Tx
from hubbub.platform.idempotency import (
    BadIdempotencyKey,
    KeyInUse,
    KeyReused,
    StoredReply,
    _derive,
    _unseal,
    parse_key,
    purge_expired_keys,
    run_once,
)

TOKEN = b'{"access_token": "very secret"}'


async def insert_mute(tx: Tx) -> StoredReply:
    """An effect whose every run leaves a row of its own."""
    await tx.execute("INSERT INTO mutes SELECT count(*), 0, 0 FROM mutes")
    return StoredReply(201, {"Location": "/v1/things/1"}, TOKEN)


async def effects(db: Database) -> int:
    async with db.connection() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM mutes"))


async def post(
    db: Database, *, key: str = "k", account_id: int = 1, body: bytes = b"x"
) -> tuple[StoredReply, bool]:
    return await run_once(
        db,
        account_id=account_id,
        key=key,
        request_fingerprint=b"POST /v1/things\n" + body,
        effect=insert_mute,
    )


async def age_keys(db: Database, hours: int) -> None:
    async with db.connection() as tx:
        await tx.execute("UPDATE idempotency_keys SET created_at = now() - make_interval(hours => $1)", hours)


async def test_a_retry_gets_the_first_reply_and_has_no_effect(db: Database) -> None:
    first, is_first_replay = await post(db, key="k")
    second, is_second_replay = await post(db, key='"k"')

    assert (is_first_replay, is_second_replay) == (False, True)
    assert first == second == StoredReply(201, {"Location": "/v1/things/1"}, TOKEN)
    assert await effects(db) == 1


@pytest.mark.parametrize("requests", [5, 50])
async def test_requests_at_once_have_one_effect(db: Database, requests: int) -> None:
    async def outcome() -> str:
        try:
            reply, is_replay = await post(db)
        except KeyInUse:
            return "in use"
        assert reply.body == TOKEN
        return "replay" if is_replay else "effect"

    outcomes = Counter(await asyncio.gather(*(outcome() for _ in range(requests))))

    assert outcomes["effect"] == 1
    assert outcomes.total() == requests
    assert await effects(db) == 1


async def test_a_key_of_a_running_request_is_in_use(db: Database) -> None:
    is_running, may_end = asyncio.Event(), asyncio.Event()

    async def wait(tx: Tx) -> StoredReply:
        is_running.set()
        await may_end.wait()
        return await insert_mute(tx)

    first = asyncio.create_task(
        run_once(db, account_id=1, key="k", request_fingerprint=b"POST /v1/things\nx", effect=wait)
    )
    await is_running.wait()
    with pytest.raises(KeyInUse):
        await post(db)
    may_end.set()

    assert (await first)[1] is False
    assert (await post(db))[1] is True


async def test_the_table_refuses_a_second_effect_where_the_lock_did_not(db: Database) -> None:
    async def overtaken(tx: Tx) -> StoredReply:
        async with db.connection() as other:
            await other.execute(
                "INSERT INTO idempotency_keys VALUES (1, $1, 'x', 'x', now())",
                _derive(1, "k", b"", b"").key_hash,
            )
        return await insert_mute(tx)

    with pytest.raises(KeyInUse):
        await run_once(db, account_id=1, key="k", request_fingerprint=b"", effect=overtaken)

    assert await effects(db) == 0


async def test_the_same_key_for_another_request_is_refused(db: Database) -> None:
    await post(db, body=b"x")

    with pytest.raises(KeyReused):
        await post(db, body=b"y")

    assert await effects(db) == 1


async def test_accounts_do_not_share_keys(db: Database) -> None:
    await post(db, account_id=1)
    _, is_replay = await post(db, account_id=2, body=b"y")

    assert not is_replay
    assert await effects(db) == 2


async def test_strangers_take_no_keys_from_each_other(db: Database) -> None:
    await post(db, key="k", account_id=0, body=b"x")

    _, is_replay_of_another = await post(db, key="k", account_id=0, body=b"y")
    _, is_replay_of_its_own = await post(db, key="k", account_id=0, body=b"x")

    assert (is_replay_of_another, is_replay_of_its_own) == (False, True)
    assert await effects(db) == 2


async def test_an_error_leaves_no_row_and_the_key_free(db: Database) -> None:
    async def fail(tx: Tx) -> StoredReply:
        await insert_mute(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_once(db, account_id=1, key="k", request_fingerprint=b"POST /v1/things\nx", effect=fail)

    assert await effects(db) == 0
    assert (await post(db))[1] is False


async def test_a_key_is_new_after_24_hours(db: Database) -> None:
    await post(db)
    await age_keys(db, 23)
    _, is_replay_within = await post(db)
    await age_keys(db, 25)
    _, is_replay_after = await post(db, body=b"y")

    assert is_replay_within
    assert not is_replay_after
    assert await effects(db) == 2


async def test_the_purge_takes_only_what_has_expired(db: Database) -> None:
    await post(db, key="old")
    await age_keys(db, 25)
    await post(db, key="new")

    await purge_expired_keys(db)

    async with db.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM idempotency_keys") == 1


async def test_the_table_holds_nothing_readable(db: Database) -> None:
    await post(db, key="a-key", body=b"password")
    async with db.connection() as tx:
        row = await tx.fetchrow("SELECT * FROM idempotency_keys")
        text = str(await tx.fetchval("SELECT idempotency_keys::text FROM idempotency_keys"))

    assert row is not None
    for clear in (b"secret", b"a-key", b"password", b"things"):
        assert clear not in row["reply"]
        assert clear.hex() not in text
    with pytest.raises(InvalidTag):
        _unseal(_derive(1, "a-key", b"POST /v1/things\nguess", b""), row["reply"])


@pytest.mark.parametrize(
    ("header", "key"),
    [("abc", "abc"), ('"abc"', "abc"), (' "a b" ', "a b"), (r'"a\"b\\c"', 'a"b\\c'), ("x" * 255, "x" * 255)],
)
def test_both_forms_of_a_key_are_read(header: str, key: str) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize(
    "header", ["", "  ", '""', '"abc', "é", "a\tb", "a\x00b", "x" * 256, r'"a\b"', '"a";b=1']
)
def test_other_keys_are_refused(header: str) -> None:
    with pytest.raises(BadIdempotencyKey):
        parse_key(header)
