"""A dump written to a file before anybody asks, as a register keeps it: sent from there, nothing is computed on the way."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import IO

import orjson

PIECE = 256 * 1024
"""Bytes that are sent at once."""
LONGEST_LINE = 1024 * 1024
_OID = re.compile(rb'"oid":"([^"]*)"')
END = orjson.dumps({"end": True}) + b"\n"


class ReadyDump:
    """One file of lines in the order of the persons' numbers, the newest that was asked for."""

    def __init__(self, folder: Path | None) -> None:
        """Nothing is written yet; without a folder the file is a temporary one."""
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._bytes = 0
        self.dump_id = ""
        """Name of the dump that is in the file; empty before the first."""

    def write(self, dump_id: str, cards: Iterable[object]) -> int:
        """Write these cards as the dump of this name; returns the number of bytes.

        Raises:
            OSError: the disk is full; there is no ready dump then.
        """
        self.close()
        # Without a name in the folder: gone with the process, however it ends.
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 closed by `close`
        try:
            file.writelines(orjson.dumps(card) + b"\n" for card in cards)
            file.flush()
        except BaseException:
            file.close()
            raise
        self._file, self._bytes, self.dump_id = file, file.tell(), dump_id
        return self._bytes

    def close(self) -> None:
        """Give the file back."""
        self.dump_id = ""
        if self._file is not None:
            self._file.close()
            self._file = None

    async def after(self, number: str) -> AsyncIterator[bytes]:
        """The lines after a person's number and the last line, in large pieces."""
        for piece in self._pieces(self._place_after(number.encode()) if number else 0):
            yield piece
        yield END

    def _pieces(self, place: int) -> Iterator[bytes]:
        while place < self._bytes:
            piece = self._at(place, PIECE)
            place += len(piece)
            yield piece

    def _place_after(self, number: bytes) -> int:
        """Where the first line of a greater number begins: found by halving, for the lines are in order."""
        low, high = 0, self._bytes
        while low < high:
            middle = (low + high) // 2
            start = self._line_start(middle)
            line = self._at(start, LONGEST_LINE).partition(b"\n")[0]
            found = _OID.search(line)
            if found is not None and found[1] <= number:
                low = start + len(line) + 1
            else:
                high = start
        return low

    def _line_start(self, place: int) -> int:
        """Where the line begins that this place is in."""
        first = max(0, place - LONGEST_LINE)
        return first + self._at(first, place - first).rfind(b"\n") + 1

    def _at(self, place: int, length: int) -> bytes:
        """Bytes of the file. Raises ValueError when another dump has taken its place: the answer breaks off."""
        if self._file is None:
            raise ValueError("the dump is no longer there")
        return os.pread(self._file.fileno(), length, place)
