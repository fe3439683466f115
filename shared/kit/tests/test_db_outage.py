"""A database that refuses connections is an outage, whatever words it refuses in."""

from __future__ import annotations

import asyncio
import struct

import pytest
from sqlalchemy import text

from nmo_kit.db import Database
from nmo_testkit.postgres import settings_for


def _refusal(sqlstate: str) -> bytes:
    fields = b"SFATAL\0VFATAL\0C" + sqlstate.encode() + b"\0Mno connections now\0\0"
    return b"E" + struct.pack("!i", len(fields) + 4) + fields


@pytest.mark.parametrize("sqlstate", ["57P03", "53300", "57P01", "08006"])
async def test_a_server_that_starts_or_is_full_is_away(sqlstate: str):
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"N")
        await reader.readexactly(8)
        writer.write(_refusal(sqlstate))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        database = Database(settings_for(f"postgresql://someone:secret@127.0.0.1:{port}/x"))
        with pytest.raises(ConnectionError, match=sqlstate):
            async with database.read() as session:
                await session.execute(text("select 1"))
        await database.close()
