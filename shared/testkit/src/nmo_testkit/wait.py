"""Waiting for a state instead of sleeping for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(predicate: Callable[[], Awaitable[T]], timeout_s: float = 10.0, every_s: float = 0.05) -> T:
    """Call `predicate` until it returns something true, and return that.

    Raises:
        AssertionError: it did not come true within `timeout_s` seconds; tells the last value.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        value = await predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not true within {timeout_s} s, last value: {value!r}")
        await asyncio.sleep(every_s)
