"""Garbage collection that does not stop the event loop."""

import gc

# Allocations before a young, a middle and a full collection.
THRESHOLDS = (2_000, 5, 1_000)


def calm_garbage_collection() -> None:
    """Called once, when all that lives as long as the process is there.

    A full collection walks every object: 60 ms beside 3,000 connections with the usual thresholds, in
    which nobody is answered. What is there now is never looked at again, and full collections get rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
