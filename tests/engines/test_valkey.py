import os
import signal
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from hubbub.platform.engines import DataDir, PortInUse, Valkey
from hubbub.platform.engines.process import wait_until


@pytest.fixture
def valkey(data_dir: DataDir) -> Iterator[Valkey]:
    valkey = Valkey(data_dir, memory="8mb")
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
def client(valkey: Valkey) -> Iterator[Any]:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        yield client


def test_it_keeps_nothing_on_disk(client: Any) -> None:
    settings = client.config_get("save", "appendonly")

    assert settings == {"save": "", "appendonly": "no"}


def test_when_full_it_drops_the_coldest_rather_than_refuse(client: Any) -> None:
    for number in range(200):
        client.set(f"key:{number}", b"x" * 100_000)

    assert client.info("stats")["evicted_keys"] > 0


def test_it_answers_nobody_without_the_password(valkey: Valkey) -> None:
    port = urlsplit(valkey.url).port or 0

    with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
        stranger.sendall(b"GET key\r\n")

        assert stranger.recv(100).startswith(b"-NOAUTH")


def test_the_password_is_in_no_command_line(valkey: Valkey, data_dir: DataDir) -> None:
    password = urlsplit(valkey.url).password or ""
    files = [path for path in data_dir.path.rglob("*") if path.is_file()]

    assert password
    assert not [path for path in files if password.encode() in path.read_bytes()]


def test_after_kill_9_it_comes_back_at_its_address(valkey: Valkey, client: Any) -> None:
    url = valkey.url
    assert valkey.child is not None
    os.kill(valkey.child.pid, signal.SIGKILL)
    assert wait_until(lambda: valkey.child is not None and valkey.child.exit_code() is not None, 5)

    valkey.start()

    assert valkey.url == url
    assert client.ping()


def test_a_port_in_use_is_named_with_its_setting(valkey: Valkey, data_dir: DataDir) -> None:
    port = urlsplit(valkey.url).port or 0
    other = DataDir(data_dir.path / "other")
    other.prepare()

    with pytest.raises(PortInUse, match=rf"port {port} .* set HUBBUB_VALKEY_PORT"):
        Valkey(other, port=port).start()
