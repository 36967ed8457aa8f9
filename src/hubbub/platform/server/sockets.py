"""What the kernel knows of a socket."""

import asyncio
import contextlib
import errno
import fcntl
import socket
import struct
import termios

BACKLOG = 2048
# A reply that nobody reads fills this much of the kernel's memory, and no more; left to itself the kernel
# would take 4 MB for each such client.
SEND_BUFFER_BYTES = 128 * 1024

# A client that takes nothing of what it is sent for so long is gone. Connections inherit it.
UNREAD_MILLISECONDS = 60_000


class CannotListen(SystemExit):
    """Says which address, why, and the setting that changes it."""


def bind(host: str, port: int, *, setting: str = "HUBBUB_PORT") -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises CannotListen."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CannotListen(f"{host!r} is not an address of this machine ({error}); set HUBBUB_HOST") from None
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
        listener.setblocking(False)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(_explain(error, host, port, setting)) from None
    return listener


def unread_bytes(transport: asyncio.Transport) -> int:
    """What was written and the client's side has not acknowledged: our buffer and the kernel's.

    The buffer alone would not do: the kernel asks for more only once a third of its own is free, so a slow
    but steady reader would look like one who stopped.
    """
    size = transport.get_write_buffer_size()
    handle = transport.get_extra_info("socket")
    if handle is not None:
        with contextlib.suppress(OSError):
            size += struct.unpack("i", fcntl.ioctl(handle.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
    return size


def _explain(error: OSError, host: str, port: int, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; set {setting} to another one, or to 0 for any free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this process has; set {setting} to one above 1023"
    return f"cannot listen on {host} port {port} ({error}); set HUBBUB_HOST and {setting}"
