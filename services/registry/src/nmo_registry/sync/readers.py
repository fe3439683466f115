"""Who reads the lines of a dump: this process a small rest of it, processes beside it a large one (FRM-09)."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import cycle

from nmo_registry.reference_books.editions import CardBooks
from nmo_registry.settings import RegistrySettings
from nmo_registry.sync.lines import Batch, LineReader
from nmo_registry.sync.messages import SIZE, Question, Setup, packed, unpacked

WORTH_A_PROCESS = 20_000
"""Lines whose reading takes longer than a process needs to start."""
Read = Callable[[list[bytes], datetime | None], Awaitable[Batch]]


class ReaderLostError(RuntimeError):
    """A reading process ended by itself; the comparison goes on from its place when it is run again."""


class _Beside:
    """One process that reads; questions are asked ahead, answers come in their order."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("started without streams")
        self._process, self._questions, self._answers = process, process.stdin, process.stdout
        self._asking, self._answering = asyncio.Lock(), asyncio.Lock()

    @classmethod
    async def started(cls) -> _Beside:
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "nmo_registry.sync.reader", stdin=PIPE, stdout=PIPE
            )
        )

    async def read(self, raw: list[bytes], rows_at: datetime | None) -> Batch:
        """Raises ReaderLostError."""
        async with self._asking:
            await self.tell(Question(raw, rows_at))
        # Both locks are fair, and nobody comes in between: answers are read in the order of the questions.
        async with self._answering:
            try:
                size = SIZE.unpack(await self._answers.readexactly(SIZE.size))[0]
                found: Batch = unpacked(await self._answers.readexactly(size))
            except (asyncio.IncompleteReadError, OSError) as error:
                raise ReaderLostError(type(error).__name__) from error
        return found

    async def tell(self, message: object) -> None:
        """Raises ReaderLostError."""
        try:
            self._questions.write(packed(message))
            await self._questions.drain()
        except OSError as error:
            raise ReaderLostError(type(error).__name__) from error

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def readers(
    local: LineReader, books: CardBooks, settings: RegistrySettings, *, left: int
) -> AsyncIterator[tuple[Read, int]]:
    """How to read lines for the block, and how many batches may be read at once, when so many lines are left."""
    if left < WORTH_A_PROCESS or not settings.sync_readers:

        async def here(raw: list[bytes], rows_at: datetime | None) -> Batch:
            return await local.read_between(raw, rows_at=rows_at)

        yield here, 1
        return
    setup = Setup(books, settings.field_key_file, settings.index_key_file)
    started: list[_Beside] = []
    try:
        for _ in range(settings.sync_readers):
            started.append(await _Beside.started())
            await started[-1].tell(setup)
        turns = cycle(started)

        def beside(raw: list[bytes], rows_at: datetime | None) -> Awaitable[Batch]:
            return next(turns).read(raw, rows_at)

        yield beside, len(started)
    finally:
        await asyncio.gather(*(one.stop() for one in started))
