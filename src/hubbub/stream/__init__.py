"""One connection for everything live: WebSocket and server-sent events.

Other slices may use what is named here and nothing else.
"""

from hubbub.stream.asyncapi import describe_stream
from hubbub.stream.starting import start_stream

__all__ = ["describe_stream", "start_stream"]
