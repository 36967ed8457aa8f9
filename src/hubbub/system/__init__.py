"""The system about itself: health, the OpenAPI document, the documentation page, what this instance is."""
