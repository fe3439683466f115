"""Collecting of reference cycles while millions of objects without any come and go."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

HELD_AT_ONCE = 400_000
"""More containers than two batches of people and their rows have."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles only when more objects stay than the batches in work hold.

    With the usual threshold of 700 the collector goes through the same people again and again and takes half of the
    time of a load. What is here before the block is not looked at within it.

    Side effects: on the whole process, taken back at the end of the block.
    """
    before, passes_over = gc.get_threshold(), gc.get_freeze_count() > 0
    gc.collect()
    gc.freeze()
    gc.set_threshold(HELD_AT_ONCE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        if passes_over:
            # A process that serves goes on passing over what it has.
            gc.collect()
            gc.freeze()
