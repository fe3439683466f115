"""Rows that are packed here come back from PostgreSQL as the values they were made of."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from asyncpg.pgproto import pgproto
from sqlalchemy.dialects.postgresql import JSONB

from nmo_kit.db import Database
from nmo_kit.packed_rows import Layout, copy_packed, exact
from nmo_testkit.postgres import Databases, settings_for

MANY = sa.Table(
    "many",
    sa.MetaData(),
    sa.Column("place", sa.Integer),
    sa.Column("id", sa.Uuid),
    sa.Column("words", sa.Text),
    sa.Column("bytes", sa.LargeBinary),
    sa.Column("small", sa.SmallInteger),
    sa.Column("large", sa.BigInteger),
    sa.Column("truth", sa.Boolean),
    sa.Column("day", sa.Date),
    sa.Column("moment", sa.DateTime(timezone=True)),
    sa.Column("exact", sa.Numeric),
    sa.Column("content", JSONB),
    sa.Column("left_to_the_table", sa.Text, server_default="kept"),
)
ZONE = timezone(timedelta(hours=7))
EXACT = [
    "0", "0.00", "-0.5", "1", "1.25", "0.25", "0.0001", "0.00001234", "9999", "10000", "10000.0001", "-123456.7800",
    "1E+6", "1E-9", "99999999999999999999.999999999999", "100000000", "0.50", "1000.5",
]  # fmt: skip
ROWS = [
    (
        number,
        pgproto.UUID(str(UUID(int=number**9))) if number % 2 else UUID(int=number**9),
        "ё\t\\N\n«»" * number,
        bytes(range(number)),
        -number,
        -(2**63) + number,
        bool(number % 2),
        date(1899 + 7 * number, 1 + number % 12, 28),
        datetime(1999, 12, 31, 23, 59, 59, 999_999 - number, tzinfo=UTC if number % 3 else ZONE),
        Decimal(digits),
        json.dumps({"ключ": [number, None]}),
    )
    for number, digits in enumerate(EXACT)
] + [(len(EXACT), *[None] * 10)]


async def test_every_kind_of_value_comes_back(databases: Databases):
    url = await databases.empty()
    database = Database(settings_for(url))
    layout = Layout.of(MANY, [column.name for column in MANY.columns][:-1])
    async with database.write() as session:
        await (await session.connection()).run_sync(MANY.create)
        await copy_packed(session, layout, b"")
        await copy_packed(session, layout, b"".join(map(layout.row, ROWS)))
        found = (await session.execute(sa.select(MANY).order_by(MANY.c.place))).all()
        written = sa.select(sa.cast(MANY.c.exact, sa.Text)).order_by(MANY.c.place)
        digits = (await session.execute(written)).scalars().all()
    assert [tuple(row) for row in found] == [(*plain(row), "kept") for row in ROWS]
    assert digits[:-1] == [f"{Decimal(text):f}" for text in EXACT]
    await database.close()
    await databases.drop(url)


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """As the database gives it: ids of one kind, JSON as what it stands for."""
    place, identifier, *middle, content = row
    return place, identifier and UUID(bytes=identifier.bytes), *middle, content and json.loads(content)


def test_what_is_no_number_and_a_type_without_packing_are_refused():
    with pytest.raises(ValueError, match="finite"):
        exact(Decimal("NaN"))
    with pytest.raises(KeyError, match="Interval"):
        Layout.of(sa.Table("other", sa.MetaData(), sa.Column("span", sa.Interval)), ["span"])
