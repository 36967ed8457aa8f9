import errno
import socket

from hubbub.platform.engines.errors import PortInUse


def claim_port(port: int, *, setting: str, host: str = "127.0.0.1") -> int:
    """The port itself when it can be listened on, a free one for 0, or PortInUse naming the setting."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the engines do themselves: connections of an earlier run that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise PortInUse(_explain(error, host, port, setting)) from None
        return int(probe.getsockname()[1])


def _explain(error: OSError, host: str, port: int, setting: str) -> str:
    said = error.strerror or str(error)
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine ({said}). Set HUBBUB_HOST to one that is."
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this process has. Set {setting} to one above 1023."
    return (
        f"cannot listen on {host}, port {port} ({said}). "
        f"Stop what uses it, or set {setting} to another port (0 takes any free one)."
    )
