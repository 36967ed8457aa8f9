"""The one reading of a URL: what it checks is what is connected to, for nothing reads it a second time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urlsplit

from hubbub.errors import Invalid
from hubbub.platform.outgoing.addresses import Address, is_in, is_public
from hubbub.settings import Network

MAX_URL_LENGTH = 2000
DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
# What follows is an address to browsers and to the system's resolver: 127.1, 0x7f.1, 0177.0.0.1.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# Never on the public internet, whatever a resolver says.
_LOCAL_NAMES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "lan",
    "home.arpa",
    "onion",
    "test",
    "invalid",
    "example",
)


class UrlNotAllowed(Invalid):
    code = "url_not_allowed"
    message = "Only https URLs on the public internet are accepted here, on port 443."


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL that was read and may be asked. `host` is a name, or an address as text."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{host}" + ("" if is_default else f":{self.port}")


@dataclass(frozen=True, slots=True)
class UrlRules:
    """Which destinations are let through. With `is_trusted`, all: those are the operator's own settings."""

    allowed: Sequence[Network] = ()
    """Networks beside the public internet, and there any port when the host is an address."""
    allows_http: bool = False
    """Whether in these networks http will do."""
    is_trusted: bool = False

    def read(self, url: str) -> Destination:
        """Raises UrlNotAllowed."""
        try:
            return self._read(url)
        except ValueError as error:
            raise UrlNotAllowed(str(error)) from None

    def allows(self, address: Address) -> bool:
        """Whether a connection may be made to it. Asked of each address that a name has."""
        return self.is_trusted or is_public(address) or is_in(address, self.allowed)

    def _read(self, url: str) -> Destination:
        if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise ValueError("a character that no URL has")
        if len(url) > MAX_URL_LENGTH:
            raise ValueError("too long")
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS:
            raise ValueError("scheme")
        if "@" in parts.netloc or not parts.hostname:
            raise ValueError("a user name, or no host")
        port = parts.port if parts.port is not None else DEFAULT_PORTS[parts.scheme]
        host = parts.hostname
        address = _address_of(host, is_bracketed=parts.netloc.startswith("["))
        if address is not None:
            host = str(address)
        self._check(parts.scheme, host, port, address)
        query = f"?{parts.query}" if parts.query else ""
        return Destination(parts.scheme, host, port, (parts.path or "/") + query)

    def _check(self, scheme: str, host: str, port: int, address: Address | None) -> None:
        if self.is_trusted:
            return
        if address is not None and is_in(address, self.allowed):
            if scheme != "https" and not self.allows_http:
                raise ValueError("scheme")
            return
        if scheme != "https" or port != DEFAULT_PORTS["https"]:
            raise ValueError("scheme or port")
        if address is not None and not is_public(address):
            raise ValueError("address")
        if address is None and not _is_public_name(host):
            raise ValueError("name")


def _address_of(host: str, *, is_bracketed: bool) -> Address | None:
    """None for a name. Raises ValueError for an address in any but its usual spelling."""
    if is_bracketed:
        address = IPv6Address(host)
        if address.scope_id is not None:
            raise AddressValueError("zone")
        return address
    last = host.rstrip(".").rpartition(".")[2]
    return IPv4Address(host) if _NUMBER.fullmatch(last) else None


def _is_public_name(host: str) -> bool:
    is_local = any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
    return len(host) <= 253 and _NAME.fullmatch(host) is not None and not is_local
