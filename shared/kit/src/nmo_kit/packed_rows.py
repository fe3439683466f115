"""Rows in PostgreSQL's binary COPY format: made before the transaction that writes them, and in another process too.

Source: PostgreSQL documentation, COPY, «Binary Format», and the `send` functions of the types.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from struct import Struct
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from nmo_kit.db import WriteSession, driver_of

Pack = Callable[[Any], bytes]
"""The bytes of one value that is not null, its length before it."""
_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_PIECE = 1 << 20
_FIRST_DAY = date(2000, 1, 1).toordinal()
_FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_length = Struct("!i").pack
_two = Struct("!ih").pack
_four = Struct("!ii").pack
_eight = Struct("!iq").pack
_one = Struct("!i?").pack


def raw(value: bytes) -> bytes:
    """`bytea`."""
    return _length(len(value)) + value


def words(value: str) -> bytes:
    """`text`."""
    # As `raw`, without a call: most values are texts.
    content = value.encode()
    return _length(len(content)) + content


def json_text(value: str) -> bytes:
    """`jsonb`, from its text."""
    return raw(b"\x01" + value.encode())


def identifier(value: Any) -> bytes:
    """`uuid`, of any class of ids that has `bytes`."""
    content: bytes = value.bytes
    return b"\0\0\0\x10" + content


def small(value: int) -> bytes:
    """`smallint`."""
    return _two(2, value)


def whole(value: int) -> bytes:
    """`integer`."""
    return _four(4, value)


def large(value: int) -> bytes:
    """`bigint`."""
    return _eight(8, value)


def truth(value: bool) -> bytes:
    """`boolean`."""
    return _one(1, value)


def day(value: date) -> bytes:
    """`date`."""
    return _four(4, value.toordinal() - _FIRST_DAY)


@lru_cache(maxsize=256)
def moment(value: datetime) -> bytes:
    """`timestamptz`."""
    since = value - _FIRST_MOMENT
    return _eight(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def exact(value: Decimal) -> bytes:
    """`numeric`, of a finite number, with as many digits after the point as it has."""
    return _exact(str(value))


@lru_cache(maxsize=1024)
def _exact(text: str) -> bytes:
    """Groups of four digits: their count, the first one's weight, the sign, digits after the point, the groups."""
    sign, digits, exponent = Decimal(text).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("not a finite number")  # noqa: TRY004 a value, not a type
    scale = max(0, -exponent)
    filled = -scale % 4
    rest = int("".join(map(str, digits))) * 10 ** (max(0, exponent) + filled)
    groups: list[int] = []
    while rest:
        rest, group = divmod(rest, 10_000)
        groups.insert(0, group)
    weight = len(groups) - 1 - (scale + filled) // 4 if groups else 0
    while groups and not groups[-1]:
        groups.pop()
    negative = 0x4000 if sign and groups else 0
    return raw(Struct(f"!hhHh{len(groups)}h").pack(len(groups), weight, negative, scale, *groups))


_BY_TYPE: tuple[tuple[type[sa.types.TypeEngine[Any]], Pack], ...] = (
    (sa.Uuid, identifier),
    (JSONB, json_text),
    (sa.String, words),
    (sa.LargeBinary, raw),
    (sa.SmallInteger, small),
    (sa.BigInteger, large),
    (sa.Integer, whole),
    (sa.Numeric, exact),
    (sa.Boolean, truth),
    (sa.Date, day),
    (sa.DateTime, moment),
)


class Layout:
    """Columns of a table, and how rows of them are packed."""

    def __init__(self, table: str, columns: Mapping[str, Pack]) -> None:
        """Name the columns in the order of the values, each with the packing of its type."""
        self.table = table
        self.columns = tuple(columns)
        self._packs = tuple(columns.values())
        self._count = Struct("!h").pack(len(columns))

    @classmethod
    def of(cls, table: sa.Table, columns: Sequence[str]) -> Layout:
        """These columns of a declared table. Raises KeyError for a type that nothing here packs."""
        return cls(table.name, {name: _pack_of(table.c[name].type) for name in columns})

    def row(self, values: Sequence[Any]) -> bytes:
        """One row; `values` are as many as the columns."""
        parts = [
            _NULL if value is None else pack(value)
            for pack, value in zip(self._packs, values)  # noqa: B905 checked where rows are made: this is per value
        ]
        return self._count + b"".join(parts)


def _pack_of(kind: sa.types.TypeEngine[Any]) -> Pack:
    for known, pack in _BY_TYPE:
        if isinstance(kind, known):
            return pack
    raise KeyError(type(kind).__name__)


async def copy_packed(session: WriteSession, layout: Layout, rows: bytes | bytearray) -> None:
    """Write packed rows by COPY, within the session's transaction; none is nothing to do."""
    if rows:
        driver = await driver_of(session)
        await driver.copy_to_table(
            layout.table, source=_stream(rows), columns=layout.columns, format="binary"
        )


async def _stream(rows: bytes | bytearray) -> AsyncIterator[bytes]:
    yield _BEGIN
    view = memoryview(rows)
    for start in range(0, len(view), _PIECE):
        yield bytes(view[start : start + _PIECE])
    yield _END
