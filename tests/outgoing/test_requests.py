"""Requests over the network: where connections go, and what is taken of answers."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from hubbub.platform.outgoing import Destination, Outgoing, OutgoingFailed, UrlRules, client
from hubbub.platform.outgoing.client import MAX_BODY_BYTES
from tests.outgoing.certificates import make_authority
from tests.outgoing.spellings import ADDRESSES
from tests.push.servers import Http2Service, Said, Service, listening

LOCAL = UrlRules(allowed=(ip_network("127.0.0.0/8"), ip_network("::1/128")), allows_http=True)
NAME = "push.example.org"


class Names:
    """A resolver that says what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with listening(Service(lambda request: Said(200, b"ok"))) as found:
        yield found


def port_of(service: Service) -> int:
    return int(service.url.rpartition(":")[2])


def named(service: Service) -> Destination:
    """The service by a name, as if its port were the usual one."""
    return Destination("http", NAME, port_of(service), "/")


async def test_an_answer_is_returned_whatever_its_status(service: Service) -> None:
    outgoing = Outgoing(LOCAL)
    service.queued.append(Said(418, b"short and stout", {"X-Pot": "Tea"}))

    answer = await outgoing.send("POST", f"{service.url}/x?y=1", headers={"ttl": "5"}, body=b"body")

    assert (answer.status, answer.body, answer.headers["x-pot"]) == (418, b"short and stout", "Tea")
    request = service.received[0]
    assert (request.method, request.path, request.body) == ("POST", "/x?y=1", b"body")
    assert (request.headers["ttl"], request.headers["host"]) == ("5", service.url.partition("//")[2])
    assert "accept-encoding" not in request.headers
    await outgoing.close()


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_name_that_leads_inside_is_not_connected_to(service: Service, address: str) -> None:
    outgoing = Outgoing(UrlRules(), resolve=Names([address]))

    with pytest.raises(OutgoingFailed, match="not allowed"):
        await outgoing.send("GET", named(service))

    assert service.connections == 0
    await outgoing.close()


async def test_one_bad_address_refuses_all(service: Service) -> None:
    outgoing = Outgoing(UrlRules(), resolve=Names(["8.8.8.8", "127.0.0.1"]))

    with pytest.raises(OutgoingFailed, match="not allowed"):
        await outgoing.send("GET", named(service))

    assert service.connections == 0
    await outgoing.close()


async def test_the_connection_goes_to_the_address_that_was_checked(service: Service) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    outgoing = Outgoing(LOCAL, resolve=names)

    answer = await outgoing.send("GET", named(service))

    assert (answer.status, names.asked) == (200, [NAME])
    assert service.received[0].headers["host"].startswith(NAME)
    await outgoing.close()


async def test_a_name_that_changes_is_checked_again_for_the_next_connection(service: Service) -> None:
    outgoing = Outgoing(LOCAL, resolve=Names(["127.0.0.1"], ["10.0.0.1"]))
    await outgoing.send("GET", named(service))
    service.hang_up()
    await asyncio.sleep(0)

    with pytest.raises(OutgoingFailed, match="not allowed"):
        await outgoing.send("GET", named(service))
    await outgoing.close()


@pytest.mark.parametrize(
    "host", ["0", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "localhost", "localhost."]
)
async def test_what_the_system_makes_of_a_name_is_checked(service: Service, host: str) -> None:
    outgoing = Outgoing(UrlRules())

    with pytest.raises(OutgoingFailed):
        await outgoing.send("GET", Destination("http", host, port_of(service), "/"))

    assert service.connections == 0
    await outgoing.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_answers(service: Service, status: int) -> None:
    outgoing = Outgoing(LOCAL)
    service.queued.append(Said(status, headers={"Location": f"{service.url}/inner"}))

    answer = await outgoing.send("GET", service.url)

    assert (answer.status, len(service.received)) == (status, 1)
    await outgoing.close()


async def test_a_second_address_is_tried_when_the_first_refuses(service: Service) -> None:
    outgoing = Outgoing(LOCAL, resolve=Names(["::1", "127.0.0.1"]))

    assert (await outgoing.send("GET", named(service))).status == 200
    await outgoing.close()


async def test_of_a_long_answer_the_beginning_is_read(service: Service) -> None:
    outgoing = Outgoing(LOCAL)
    service.queued.append(Said(200, b"x" * 3_000_000))

    assert len((await outgoing.send("GET", service.url)).body) == MAX_BODY_BYTES
    assert (await outgoing.send("GET", service.url)).body == b"ok"
    await outgoing.close()


async def test_what_was_packed_stays_so(service: Service) -> None:
    outgoing = Outgoing(LOCAL)
    service.queued.append(Said(200, b"\x1f\x8b" + b"\0" * 50, {"Content-Encoding": "gzip"}))

    assert (await outgoing.send("GET", service.url)).body.startswith(b"\x1f\x8b")
    await outgoing.close()


class Hostile(Service):
    """Speaks after its fashion."""

    def __init__(self, behave: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
        super().__init__(lambda request: Said())
        self._behave = behave

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await self._behave(writer)


async def trickle(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: " + b"y" * 1000 + b"\r\n")
        await writer.drain()


async def garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 not http at all\r\n\r\n")
    await writer.drain()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    pass


@pytest.mark.parametrize("behave", [trickle, endless_head, garbage, hang_up], ids=lambda f: f.__name__)
async def test_a_hostile_server_fails_the_request_within_its_deadline(
    behave: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    outgoing = Outgoing(LOCAL)
    started = time.monotonic()

    async with listening(Hostile(behave)) as hostile:
        with pytest.raises(OutgoingFailed) as raised:
            await outgoing.send("GET", f"{hostile.url}/secret-path", seconds=0.3)
        await outgoing.close()

    assert time.monotonic() - started < 1.5
    assert "secret-path" not in repr(raised.value) + str(raised.value.__cause__)


async def test_a_port_that_nobody_listens_on_fails_at_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        outgoing = Outgoing(LOCAL)
        with pytest.raises(OutgoingFailed):
            await outgoing.send("GET", f"http://127.0.0.1:{closed.getsockname()[1]}/")
    await outgoing.close()


async def test_a_host_that_keeps_failing_rests_and_no_other_does(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "REST_SECONDS", 0.2)
    outgoing = Outgoing(LOCAL)
    async with listening(Service(lambda request: Said(is_silent=True))) as silent:
        for _ in range(client.FAILURES_TO_REST):
            with pytest.raises(OutgoingFailed, match="timeout"):
                await outgoing.send("GET", silent.url, seconds=0.02)
        with pytest.raises(OutgoingFailed, match="resting"):
            await outgoing.send("GET", silent.url)
        assert len(silent.received) <= client.FAILURES_TO_REST
        assert (await outgoing.send("GET", service.url)).status == 200

        await asyncio.sleep(0.2)
        silent.queued.append(Said(204))
        assert (await outgoing.send("GET", silent.url)).status == 204
    await outgoing.close()


async def test_a_certificate_is_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    seen: list[str | None] = []
    tls = authority.server(NAME)
    tls.sni_callback = lambda _, name, __: seen.append(name)
    outgoing = Outgoing(LOCAL, resolve=Names(["127.0.0.1"]), tls=authority.client)

    async with listening(Service(lambda request: Said(204)), tls=tls) as service:
        answer = await outgoing.send("GET", Destination("https", NAME, port_of(service), "/"))
        with pytest.raises(OutgoingFailed):
            await outgoing.send("GET", Destination("https", "other.example.org", port_of(service), "/"))
        await outgoing.close()

    assert (answer.status, seen[0], len(service.received)) == (204, NAME, 1)


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    tls = make_authority(tmp_path).server(NAME)
    outgoing = Outgoing(LOCAL, resolve=Names(["127.0.0.1"]))

    async with listening(Service(lambda request: Said(204)), tls=tls) as service:
        with pytest.raises(OutgoingFailed):
            await outgoing.send("GET", Destination("https", NAME, port_of(service), "/"))
        await outgoing.close()

    assert service.received == []


async def test_http2_is_spoken_over_tls_where_it_is_asked_for(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    tls = authority.server(NAME)
    tls.set_alpn_protocols(["h2"])
    outgoing = Outgoing(LOCAL, speaks_http2=True, resolve=Names(["127.0.0.1"]), tls=authority.client)

    async with listening(
        Http2Service(lambda request: Said(200, b"ok", {"apns-id": "1"})), tls=tls
    ) as service:
        to = Destination("https", NAME, port_of(service), "/3/device/ab")
        answers = [await outgoing.send("POST", to, body=b"{}", headers={"apns-topic": "a"}) for _ in range(3)]
        await outgoing.close()

    assert {(answer.status, answer.body, answer.headers["apns-id"]) for answer in answers} == {
        (200, b"ok", "1")
    }
    assert service.connections == 1
    assert service.received[0].headers[":authority"].startswith(NAME)
