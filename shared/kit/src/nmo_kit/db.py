"""Database of a service: read and write sessions as two types, committed at the edge (ADR 0002)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import Column, DateTime, MetaData, PoolProxiedConnection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry
from sqlalchemy.util import greenlet_spawn
from sqlmodel import Field

from nmo_kit import failpoints
from nmo_kit.json import dumps, loads
from nmo_kit.settings import ServiceSettings

OUTAGE = frozenset({"08", "53", "57"})
"""Classes of SQLSTATE that tell of the server, not of the statement."""
HALF_DONE = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""After these the driver may still be in the middle of something: the connection must not go back to the pool."""
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def service_registry() -> registry:
    """Registry of one service's tables: `class Model(SQLModel, registry=service_registry())` in its base.py.

    One registry per service, because two of them in one process would clash on equal table names.
    """
    return registry(metadata=MetaData(naming_convention=NAMING))


def utc_field(*, nullable: bool = False, **kwargs: Any) -> Any:
    """Field of a table for an aware time, stored as `timestamptz`."""
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable, **kwargs))


class ReadSession(AsyncSession):
    """A session whose connection the server keeps read-only; one statement is one round trip."""


class WriteSession(ReadSession):
    """One transaction; the edge commits it, code never does."""


async def fetch(source: ReadSession | Database, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
    """Rows of a hot query by the driver itself, over the session's connection; a session takes five times that processor time.

    Of a database: over a connection for this one statement, which the server keeps read-only.

    Raises:
        DBAPIError: as `session.execute` would.
    """
    if isinstance(source, Database):
        return await source.read_alone(sql, values)
    connection = await source.connection()
    driver: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
    return await _fetch(driver, sql, values, connection.invalidate)


async def _fetch(
    driver: asyncpg.Connection, sql: str, values: Sequence[object], invalidate: Callable[[], Awaitable[None]]
) -> list[asyncpg.Record]:
    try:
        return list(await driver.fetch(sql, *values))
    except (asyncpg.PostgresError, *HALF_DONE) as error:
        if lost := driver.is_closed() or isinstance(error, HALF_DONE):
            await invalidate()
        raise DBAPIError(sql, None, error, hide_parameters=True, connection_invalidated=lost) from error
    except asyncio.CancelledError:
        await invalidate()
        raise


class _Lone:
    """Statements without a session. One connection stays lent: the way out of the pool and back costs as much as a look-up."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: PoolProxiedConnection | None = None

    async def fetch(self, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        lent, driver = await self._take()

        async def invalidate() -> None:
            await greenlet_spawn(lent.invalidate)

        try:
            return await _fetch(driver, sql, values, invalidate)
        finally:
            if self._kept is None and lent.is_valid:
                self._kept = lent
            else:
                await greenlet_spawn(lent.close)

    async def _take(self) -> tuple[PoolProxiedConnection, asyncpg.Connection]:
        kept, self._kept = self._kept, None
        lent = kept or await self._engine.raw_connection()
        driver: asyncpg.Connection = lent.driver_connection
        if driver.is_closed():
            await greenlet_spawn(lent.invalidate)
            return await self._take()
        return lent, driver

    async def close(self) -> None:
        if self._kept is not None:
            await greenlet_spawn(self._kept.close)
            self._kept = None


async def driver_of(session: WriteSession) -> asyncpg.Connection:
    """The driver's connection within the session's transaction, for COPY."""
    # SQLAlchemy begins the transaction with its first own statement.
    await session.execute(text("select 1"))
    driver: asyncpg.Connection = (await (await session.connection()).get_raw_connection()).driver_connection
    return driver


AfterCommit = Callable[[], None]


class Database:
    """Engines and sessions of one process."""

    def __init__(self, settings: ServiceSettings) -> None:
        """Create engines; nothing is connected yet."""
        self._write_engine = _engine(settings, read_only=False)
        self._read_engine = _engine(settings, read_only=True)
        self._write = async_sessionmaker(self._write_engine, class_=WriteSession, expire_on_commit=False)
        self._read = async_sessionmaker(self._read_engine, class_=ReadSession, expire_on_commit=False)
        self._write_lone, self._read_lone = _Lone(self._write_engine), _Lone(self._read_engine)
        self._after_commit: list[AfterCommit] = []

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """Both engines, for instrumentation."""
        return self._write_engine, self._read_engine

    def after_commit(self, callback: AfterCommit) -> None:
        """Call `callback` after each commit of this process (wakes the relay)."""
        self._after_commit.append(callback)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A read session; writes are refused by the server."""
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A write session: commits at the end, rolls back on any exception."""
        async with self._write() as session:
            async with session.begin():
                yield session
                await session.flush()
                await failpoints.hit("db.before_commit")
            await failpoints.hit("db.after_commit")
        for callback in self._after_commit:
            callback()

    async def read_alone(self, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        """Rows of one statement without a session; raises as `fetch` does."""
        return await self._read_lone.fetch(sql, values)

    async def write_alone(self, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        """One statement that commits by itself, in one round trip; nobody waits for its commit (no outbox row)."""
        return await self._write_lone.fetch(sql, values)

    async def ping(self) -> datetime:
        """Clock of the database; raises when it does not answer."""
        async with self.read() as session:
            moment: datetime = (await session.execute(text("select app_now()"))).scalar_one()
        return moment

    async def close(self) -> None:
        """Give all connections back."""
        await self._write_lone.close()
        await self._read_lone.close()
        await self._write_engine.dispose()
        await self._read_engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """The same address for SQLAlchemy over asyncpg."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


async def _connect(*arguments: Any, **options: Any) -> asyncpg.Connection:
    """The driver's connection. SQLAlchemy does not wrap what is raised here: a server that starts, stops or is full is away."""
    try:
        return await asyncpg.connect(*arguments, **options)
    except asyncpg.PostgresError as error:
        if str(error.sqlstate)[:2] not in OUTAGE:
            raise
        raise ConnectionRefusedError(f"the database refuses connections, {error.sqlstate}") from error


def _engine(settings: ServiceSettings, *, read_only: bool) -> AsyncEngine:
    server_settings = {
        "application_name": str(settings.model_config.get("env_prefix", "nmo")).strip("_").lower(),
        "app.clock_offset": f"{settings.clock_offset_s} seconds",
        "statement_timeout": f"{int(settings.statement_timeout_s * 1000)}",
        "lock_timeout": "5000",
        "idle_in_transaction_session_timeout": "60000",
        "default_transaction_read_only": "on" if read_only else "off",
        "jit": "off",
        # A host that is gone must not hold its locks for the two hours that are the default.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    return create_async_engine(
        sqlalchemy_url(settings.database_url.get_secret_value()),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        pool_recycle=1800,
        isolation_level="AUTOCOMMIT" if read_only else "READ COMMITTED",
        json_serializer=lambda value: dumps(value).decode(),
        json_deserializer=loads,
        # Values of a failed statement may be personal; they stay out of errors and logs.
        hide_parameters=True,
        connect_args={
            "async_creator_fn": _connect,
            "server_settings": server_settings,
            "timeout": 5,
            "command_timeout": 60,
        },
    )


async def _write_session(request: Request) -> AsyncIterator[WriteSession]:
    database: Database = request.app.state.db
    async with database.write() as session:
        yield session


async def _read_session(request: Request) -> AsyncIterator[ReadSession]:
    database: Database = request.app.state.db
    async with database.read() as session:
        yield session


ReadDep = Annotated[ReadSession, Depends(_read_session, scope="function")]
"""Read session of a request."""
WriteDep = Annotated[WriteSession, Depends(_write_session, scope="function")]
"""Write session of a request: committed before the answer is sent, so a 2xx is a promise."""
