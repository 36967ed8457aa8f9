"""rediss:// through a TLS end in front of a real server, as the embedded one has no TLS of its own."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hubbub.platform.valkey import open_valkey
from tests.valkey.proxy import running_proxy
from tests.valkey.server import Server


def write_certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = directory / "certificate.pem", directory / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


@pytest.fixture
async def tls_port(own_server: Server, tmp_path: Path) -> AsyncIterator[int]:
    certificate, key = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async with running_proxy(own_server.port, tls=context) as proxy:
        yield proxy.port


async def test_commands_and_messages_go_over_tls(tls_port: int, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    valkey = await open_valkey(
        f"rediss://127.0.0.1:{tls_port}?ssl_ca_certs={certificate}", deadline_seconds=1
    )
    got = asyncio.Event()
    await valkey.subscribe("news", lambda _: got.set())

    await valkey.set("k", b"x" * 100_000)
    await valkey.publish("news", "x")

    assert await valkey.get("k") == b"x" * 100_000
    async with asyncio.timeout(2):
        await got.wait()
    await valkey.close()


async def test_a_certificate_of_an_unknown_signer_is_not_accepted(tls_port: int) -> None:
    valkey = await open_valkey(f"valkeys://127.0.0.1:{tls_port}")

    assert valkey.is_available is False
    await valkey.close()
