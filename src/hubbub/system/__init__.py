"""The system about itself: health, the OpenAPI document, the documentation page, what this instance is."""

from hubbub.system.routes import routes

__all__ = ["routes"]
