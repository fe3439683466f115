"""A database that refuses connections is an outage, whatever words it refuses in."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from nmo_kit.db import Database, ReadSession, fetch
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


async def _pid(source: ReadSession | Database) -> int:
    ((pid,),) = await fetch(source, "select pg_backend_pid()", ())
    return int(pid)


async def _by_driver(session: ReadSession) -> None:
    await fetch(session, "select pg_sleep(30)", ())


async def _by_session(session: ReadSession) -> None:
    await session.execute(text("select pg_sleep(30)"))


async def _timed_out(session: ReadSession) -> None:
    connection = await session.connection()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    # The driver's own limit of a statement's time, which is a minute otherwise.
    driver._config = driver._config._replace(command_timeout=0.2)
    await session.execute(text("select pg_sleep(30)"))


async def _ask(database: Database, ask: Callable[[ReadSession], Awaitable[None]], pid: int) -> None:
    async with database.read() as session:
        assert await _pid(session) == pid
        await ask(session)


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize("ask", [_by_driver, _by_session, _timed_out])
async def test_a_connection_left_in_the_middle_of_a_statement_is_not_used_again(
    postgres_admin: str, ask: Callable[[ReadSession], Awaitable[None]]
):
    database = Database(settings_for(postgres_admin))
    async with database.read() as session:
        before = await _pid(session)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_ask(database, ask, before), 1)
    async with database.read() as session:
        assert await _pid(session) != before
    await database.close()


@pytest.mark.req("GWY-03")
async def test_a_statement_without_a_session_leaves_no_connection_in_its_middle(postgres_admin: str):
    database = Database(settings_for(postgres_admin))
    before = await _pid(database)
    assert await _pid(database) == before
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(fetch(database, "select pg_sleep(30)", ()), 1)
    after = await _pid(database)
    assert after != before
    with pytest.raises(DBAPIError) as caught:
        await fetch(database, "select 1 / $1::int", (0,))
    assert not caught.value.connection_invalidated
    assert await _pid(database) == after
    with pytest.raises(DBAPIError) as lost:
        await fetch(database, "select pg_terminate_backend(pg_backend_pid())", ())
    assert lost.value.connection_invalidated
    assert await _pid(database) != after
    pids = await asyncio.gather(*(_slow_pid(database) for _ in range(4)))
    assert len(set(pids)) == 4
    # All but one are back in the pool: as many again find room.
    assert len(set(await asyncio.gather(*(_slow_pid(database) for _ in range(4))))) == 4
    assert sum(engine.pool.checkedout() for engine in database.engines) == 1
    await database.close()


async def _slow_pid(database: Database) -> int:
    ((pid, _),) = await fetch(database, "select pg_backend_pid(), pg_sleep(0.2)", ())
    return int(pid)


async def test_a_statement_without_a_session_writes_only_where_it_may(
    fresh_service_db: Callable[[str], Awaitable[Database]],
):
    database = await fresh_service_db("nmo_sample")
    insert = "insert into kept (id) values ($1) returning id"
    await database.write_alone("create table kept (id int primary key)", ())
    with pytest.raises(DBAPIError, match="read-only"):
        await database.read_alone(insert, (1,))
    assert [row["id"] for row in await database.write_alone(insert, (2,))] == [2]
    with pytest.raises(DBAPIError, match="duplicate"):
        await database.write_alone(insert, (2,))
    async with database.write() as session:
        assert [row["id"] for row in await fetch(session, "select id from kept", ())] == [2]
