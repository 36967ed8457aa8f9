"""Logs, metrics and health of a process."""

from hubbub.platform.telemetry.access import AccessLog
from hubbub.platform.telemetry.endpoint import serving_metrics
from hubbub.platform.telemetry.logs import configure_logging
from hubbub.platform.telemetry.metrics import REGISTRY, counter, gauge, histogram, timed

__all__ = [
    "REGISTRY",
    "AccessLog",
    "configure_logging",
    "counter",
    "gauge",
    "histogram",
    "serving_metrics",
    "timed",
]
