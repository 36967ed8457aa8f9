import re
from dataclasses import dataclass

from hubbub.platform.http import Request
from hubbub.platform.rates.addresses import ip_subjects

MAX_AGENT_CHARACTERS = 300
_UNSHOWN = re.compile(r"[^\x20-\x7e]+")
# The first that is found names the device; order matters, as browsers name their ancestors too.
_APPS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
    ("okhttp", "Android app"),
    ("CFNetwork", "Apple app"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Client:
    """The device that a request comes from, as far as it can be told."""

    ip: str
    user_agent: str

    @property
    def name(self) -> str:
        """For people: what they would call the device."""
        app = next((name for part, name in _APPS if part in self.user_agent), "")
        system = next((name for part, name in _SYSTEMS if part in self.user_agent), "")
        return " on ".join(part for part in (app, system) if part) or "Unknown device"

    @property
    def network(self) -> str:
        """What counts as one address: an IPv4 address, or the /64 of an IPv6 address."""
        return network_of(self.ip)


def client_of(request: Request) -> Client:
    agent = _UNSHOWN.sub(" ", request.header("user-agent") or "")
    return Client(ip=request.client_ip, user_agent=agent[:MAX_AGENT_CHARACTERS])


def network_of(ip: str) -> str:
    return ip_subjects(ip)[0]
