"""Metrics: counted cheaply, served on a port of their own, nothing else there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hubbub.platform.server import bind
from hubbub.platform.telemetry import counter, histogram, serving_metrics, timed
from hubbub.platform.telemetry.metrics import REGISTRY, Counts, Requests


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving_metrics(bind("127.0.0.1", 0, setting="HUBBUB_METRICS_PORT")) as port:
        yield port


async def ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_metrics_are_served(port: int) -> None:
    counter("hubbub_test_things_total", "Things.", ["kind"]).labels("a").inc(3)

    received = await ask(port, b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    values = {s.name: s.value for f in text_string_to_metric_families(body.decode()) for s in f.samples}
    assert values["hubbub_test_things_total"] == 3
    assert values["process_resident_memory_bytes"] > 0
    assert f"content-length: {len(body)}".encode() in head


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /metrics HTTP/1.1\r\n\r\n",
        b"GET /metrics/x HTTP/1.1\r\n\r\n",
        b"\r\n\r\n",
    ],
)
async def test_nothing_else_is_there(port: int, request_: bytes) -> None:
    assert (await ask(port, request_)).startswith(b"HTTP/1.1 404")


async def test_head_too_long_is_cut(port: int) -> None:
    with contextlib.suppress(ConnectionResetError):
        assert await ask(port, b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 100_000) == b""


def test_requests_are_a_histogram_by_route_method_and_class() -> None:
    registry = CollectorRegistry()
    requests = Requests(registry)

    for seconds in (0.0005, 0.001, 0.002, 40.0):
        requests.observe("/a/{id}", "GET", 200, seconds)
    requests.observe("/a/{id}", "GET", 503, 0.1)

    samples = {
        (s.name, s.labels.get("status"), s.labels.get("le")): s.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for s in family.samples
    }
    assert samples["hubbub_request_seconds_bucket", "2xx", "0.001"] == 2
    assert samples["hubbub_request_seconds_bucket", "2xx", "0.0025"] == 3
    assert samples["hubbub_request_seconds_bucket", "2xx", "30.0"] == 3
    assert samples["hubbub_request_seconds_bucket", "2xx", "+Inf"] == 4
    assert samples["hubbub_request_seconds_count", "2xx", None] == 4
    assert samples["hubbub_request_seconds_sum", "2xx", None] == pytest.approx(40.0035)
    assert samples["hubbub_request_seconds_count", "5xx", None] == 1


def test_time_is_observed_also_when_the_block_raises() -> None:
    metric = histogram("hubbub_test_seconds", "Test.")

    with pytest.raises(KeyError), timed(metric):
        raise KeyError

    assert REGISTRY.get_sample_value("hubbub_test_seconds_count") == 1


def test_counts_are_shown_by_their_labels() -> None:
    registry = CollectorRegistry()
    counts = Counts("things_total", "Things.", ["kind"], registry=registry)
    counts.add("small")
    counts.add("small", amount=4)
    counts.add("large")

    assert registry.get_sample_value("things_total", {"kind": "small"}) == 5
    assert registry.get_sample_value("things_total", {"kind": "large"}) == 1
