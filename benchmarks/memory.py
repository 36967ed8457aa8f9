"""Bytes: of rows with their indexes, and of what Valkey keeps for somebody who reads."""

from typing import Any

import redis.asyncio

from benchmarks.calls import Calls, require_success
from benchmarks.stage import Stage
from hubbub.bench import Pool, run_closed

TABLES = {"follow": "follows", "like": "reactions", "post": "posts"}


async def rows(stage: Stage) -> dict[str, Any]:
    """After the load, before anything was written: no dead rows, and indexes as they were built."""
    told: dict[str, Any] = {}
    for name, table in TABLES.items():
        size = await stage.database.fetchval("SELECT pg_total_relation_size($1::regclass)", table)
        told[name] = round(size / max(stage.summary.rows[table], 1), 1)
    told["text"] = round(float(await stage.database.fetchval("SELECT avg(octet_length(text)) FROM posts")), 1)
    return told


async def valkey(stage: Stage) -> dict[str, Any]:
    """Read the home page of many once, and see by how much Valkey has grown."""
    target = stage.targets[0]
    crowd = await stage.crowd(target)
    client = redis.asyncio.Redis.from_url(stage.hubbub.urls.valkey_url)
    try:
        await client.flushall()
        before = int((await client.info("memory"))["used_memory"])
        calls = Calls(target, "home", (target.request("home", person) for person in crowd))
        async with Pool(target.base_url, 16) as pool:
            require_success(await run_closed(pool, calls.shot, seconds=300))
        after = int((await client.info("memory"))["used_memory"])
        lists = [key async for key in client.scan_iter("home:*", count=1_000)]
        longest = 0
        entries = 0
        for key in lists[:200]:
            length = int(await client.llen(key))
            if length > entries:
                longest, entries = int(await client.memory_usage(key) or 0), length
    finally:
        await client.aclose()
    return {
        "per_account": round((after - before) / len(crowd)),
        "accounts": len(crowd),
        "longest_list_bytes": longest,
        "longest_list_entries": entries,
    }
