"""Lines of the register's dump as records, or as the reason why a line is none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from nmo_kit.crypto import FieldCipher
from nmo_kit.json import loads
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import Part, Record
from nmo_registry.frmr.values import CardUnreadableError, number_in
from nmo_registry.reference_books.editions import CardBooks
from nmo_registry.specialists.commands.load_people import NewPeople

AT_ONCE = 50
"""Lines that are read while nothing else gets its turn."""
END = object()
"""Stands for the line that says that the dump is complete."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no card. `oid` is empty when not even the person's number can be told."""

    oid: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A line without a person's number: which one after the last line that had one, and why it is no card."""

    after: str
    position: int
    reason: str


def read_line(line: bytes, books: CardBooks | None = None) -> Record | Unreadable | object:
    """The record of a line, `END`, or why it cannot be read: the name of a field, never a value."""
    try:
        raw: Any = loads(line)
    except ValueError:
        return Unreadable(number_in(line), "unreadable: broken line")
    if not isinstance(raw, dict):
        return Unreadable("", "unreadable: not a card")
    if raw.get("end") is True:
        return END
    try:
        return read_card(raw, books)
    except CardUnreadableError as error:
        return Unreadable(number_in(line), f"unreadable: {error}")


class Head(NamedTuple):
    """What of a card decides whether anything is to be written for it.

    Attributes:
        line: which line of the batch it is.
        version: digest of its content.
        absent: parts that it does not carry, or not whole.
        faults: what of those parts cannot be read.
        employers: organisations that it names.
        snils_index: blind index of the СНИЛС.
    """

    line: int
    version: str
    absent: frozenset[Part]
    faults: tuple[str, ...]
    employers: frozenset[str]
    snils_index: bytes


@dataclass(slots=True)
class Batch:
    """What lines tell that are written together: the last card of each person counts, nobody unreadable who is readable.

    Attributes:
        people: cards by the person's number.
        unreadable: numbers of those that cannot be read, with the reason.
        nameless: lines that set nobody aside: without even a number, or of somebody whose card another line gives.
        unnamed: those of them without a number, with their places.
        after: number of the last line that had one; empty when none of these has.
        since: lines without a number after that line.
        lines: how many lines came.
        ends: the dump's last line is among them.
        rows: rows of all the people as of new ones, if they were asked for and nobody came twice.
    """

    people: dict[str, Head] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    nameless: int = 0
    unnamed: list[Unnamed] = field(default_factory=list)
    after: str = ""
    since: int = 0
    lines: int = 0
    ends: bool = False
    rows: NewPeople | None = None

    @property
    def numbers(self) -> list[str]:
        """Everybody whom the lines name."""
        return [*self.people, *self.unreadable]

    def follow(self, after: str, since: int) -> None:
        """Say where the batch before ended: lines before the first number are counted from there."""
        for number, line in enumerate(self.unnamed):
            if not line.after:
                self.unnamed[number] = Unnamed(after, since + line.position, line.reason)
        if not self.after:
            self.after, self.since = after, since + self.since


class LineReader:
    """Reads lines of the register's dump; nothing is asked or written for it."""

    def __init__(self, books: CardBooks, cipher: FieldCipher) -> None:
        """Take the reference books by which lines are read, and what seals the СНИЛС and the birth date."""
        self._books = books
        self._cipher = cipher

    def read(self, raw: Sequence[bytes], *, rows_at: datetime | None = None) -> Batch:
        """What these lines tell; with rows as of new people read at this moment, if it is told."""
        batch = Batch()
        for _ in self._steps(raw, batch, rows_at):
            pass
        return batch

    async def read_between(self, raw: Sequence[bytes], *, rows_at: datetime | None = None) -> Batch:
        """As `read`, in a process with other work: that gets its turn every few milliseconds."""
        batch = Batch()
        for _ in self._steps(raw, batch, rows_at):
            await asyncio.sleep(0)
        return batch

    def records(self, raw: Sequence[bytes], heads: Iterable[Head]) -> list[Record]:
        """The whole cards of some people of a batch, read again: few people differ from day to day."""
        found = (read_line(raw[head.line], self._books) for head in heads)
        return [record for record in found if isinstance(record, Record)]

    def _steps(self, raw: Sequence[bytes], batch: Batch, rows_at: datetime | None) -> Iterator[None]:
        batch.rows = NewPeople() if rows_at else None
        for start in range(0, len(raw), AT_ONCE):
            records = []
            for number, line in enumerate(raw[start : start + AT_ONCE], start=start):
                found = read_line(line, self._books)
                if isinstance(found, Record):
                    self._add(batch, number, found)
                    records.append(found)
                elif isinstance(found, Unreadable):
                    _set_aside(batch, found)
                else:
                    batch.ends = True
            if batch.rows is not None and rows_at is not None:
                batch.rows.add(records, cipher=self._cipher, now=rows_at)
            yield

    def _add(self, batch: Batch, line: int, record: Record) -> None:
        if record.oid in batch.people:
            batch.rows = None
        batch.people[record.oid] = Head(
            line,
            record.version,
            record.absent,
            record.faults,
            frozenset(job.employer_oid for job in record.employments),
            self._cipher.blind_index(record.snils),
        )
        batch.unreadable.pop(record.oid, None)
        batch.lines += 1
        batch.after, batch.since = record.oid, 0


def _set_aside(batch: Batch, found: Unreadable) -> None:
    batch.lines += 1
    if found.oid and found.oid not in batch.people:
        batch.unreadable[found.oid] = found.reason
    else:
        batch.nameless += 1
    if found.oid:
        batch.after, batch.since = found.oid, 0
    else:
        batch.since += 1
        batch.unnamed.append(Unnamed(batch.after, batch.since, found.reason))
