"""Reading ahead by one: the next item is made while this one is worked on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

ItemT = TypeVar("ItemT")


async def ahead(source: AsyncGenerator[ItemT, None]) -> AsyncGenerator[ItemT, None]:
    """The items of the source in their order; its error comes after every item before it.

    Never more than one item waits. Closed early, it closes the source.
    """
    coming = asyncio.ensure_future(anext(source, None))
    try:
        while (item := await coming) is not None:
            coming = asyncio.ensure_future(anext(source, None))
            yield item
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        await source.aclose()
