"""The outbox: domain events in the caller's transaction, and the worker that hands them to reactors."""

from hubbub.platform.outbox.events import LANES, Event, aggregate_id, announce, lane_of

__all__ = ["LANES", "Event", "aggregate_id", "announce", "lane_of"]
