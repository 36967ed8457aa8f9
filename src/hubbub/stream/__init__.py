"""One connection for everything live: WebSocket and server-sent events."""
