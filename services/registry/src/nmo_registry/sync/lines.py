"""Lines of the register's dump as records, or as the reason why a line is none."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from nmo_kit.crypto import FieldCipher
from nmo_kit.json import loads
from nmo_registry.frmr.reading import read_card
from nmo_registry.frmr.record import Record
from nmo_registry.frmr.values import CardUnreadableError
from nmo_registry.reference_books.specialties import SpecialtyKeys
from nmo_registry.specialists.commands.load_people import NewPeople

_OID = re.compile(rb'"oid"\s*:\s*"([0-9A-Za-z.]{1,64})"')
READY_AT_ONCE = 50
END = object()
"""Stands for the line that says that the dump is complete."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no card. `oid` is empty when not even the person's number can be told."""

    oid: str
    reason: str


def read_line(line: bytes, keys: SpecialtyKeys | None = None) -> Record | Unreadable | object:
    """The record of a line, `END`, or why it cannot be read: the name of a field, never a value."""
    try:
        raw: Any = loads(line)
    except ValueError:
        return Unreadable(_number_in(line), "unreadable: broken line")
    if not isinstance(raw, dict):
        return Unreadable("", "unreadable: not a card")
    if raw.get("end") is True:
        return END
    try:
        return read_card(raw, keys)
    except CardUnreadableError as error:
        return Unreadable(_number_in(line), f"unreadable: {error}")


def _number_in(line: bytes) -> str:
    found = _OID.search(line)
    return found[1].decode() if found else ""


@dataclass(slots=True)
class Batch:
    """Lines that are written together: the last card of each person counts, nobody unreadable who is readable too.

    Attributes:
        keys: how specialties are called here.
        records: cards by the person's number.
        unreadable: numbers of those that cannot be read, with the reason.
        nameless: lines without even a number.
        lines: how many lines came.
        ends: the dump's last line is among them.
        ready: rows of all the records as of new people, if they were made ahead.
    """

    keys: SpecialtyKeys | None = None
    records: dict[str, Record] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    nameless: int = 0
    lines: int = 0
    ends: bool = False
    ready: NewPeople | None = None

    def add(self, line: bytes) -> None:
        """Take one line in."""
        found = read_line(line, self.keys)
        if found is END:
            self.ends = True
            return
        self.lines += 1
        if isinstance(found, Record):
            self.records[found.oid] = found
            self.unreadable.pop(found.oid, None)
        elif isinstance(found, Unreadable) and found.oid and found.oid not in self.records:
            self.unreadable[found.oid] = found.reason
        else:
            self.nameless += 1

    @property
    def numbers(self) -> list[str]:
        """Everybody whom the lines name."""
        return [*self.records, *self.unreadable]

    async def make_ready(self, cipher: FieldCipher, *, now: datetime) -> None:
        """Make the rows of all records as of new people; others get their turn every few milliseconds."""
        ready, people = NewPeople(), iter(self.records.values())
        while some := list(islice(people, READY_AT_ONCE)):
            ready.add(some, cipher=cipher, now=now)
            await asyncio.sleep(0)
        self.ready = ready
