"""Working ahead: the next items are made while this one is worked on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeVar

ItemT = TypeVar("ItemT")
DoneT = TypeVar("DoneT")


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


async def worked_on(
    source: AsyncIterator[ItemT], work: Callable[[ItemT], Awaitable[DoneT]], *, at_once: int
) -> AsyncGenerator[tuple[ItemT, DoneT], None]:
    """Items of the source with what work made of each, in their order; its error comes after every item before it.

    So many items are in work at once. An error of the work ends all: nothing after the item it failed on is given out.
    Closed early, it gives up what is in work.
    """
    begun: deque[tuple[ItemT, asyncio.Future[DoneT]]] = deque()
    failure: Exception | None = None
    ended = False
    try:
        while begun or not ended:
            if not ended:
                try:
                    item = await anext(source)
                    begun.append((item, asyncio.ensure_future(work(item))))
                except StopAsyncIteration:
                    ended = True
                except Exception as error:  # noqa: BLE001 raised below, after what came before it
                    ended, failure = True, error
            if begun and (ended or len(begun) > at_once):
                first, coming = begun.popleft()
                yield first, await coming
        if failure is not None:
            raise failure
    finally:
        for _, coming in begun:
            coming.cancel()
        await asyncio.gather(*(coming for _, coming in begun), return_exceptions=True)
