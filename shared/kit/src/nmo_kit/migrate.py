"""Migrations without downtime: lock time-outs, kit tables, one revision check (ADR 0009)."""

from __future__ import annotations

import asyncio
import warnings
from importlib import import_module, resources
from pathlib import Path
from typing import Any

from alembic import command, context, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from nmo_kit.db import sqlalchemy_url
from nmo_kit.idempotency import IDEMPOTENCY_DDL
from nmo_kit.journal import JOURNAL_DDL
from nmo_kit.messaging.tables import INBOX_DDL, OUTBOX_DDL, PARTITION_DDL
from nmo_kit.sealing.tables import DROP_SEAL_DDL, SEAL_DDL

KIT_TABLES = ("outbox", "inbox", "journal", "idempotency_key", "identity_consent_copy", "alembic_version")
APP_NOW_DDL = """
create or replace function app_now() returns timestamptz language sql stable as
$$ select now() + coalesce(nullif(current_setting('app.clock_offset', true), '')::interval, interval '0') $$
"""


def create_kit_tables() -> None:
    """Outbox, inbox, journal and idempotency keys with their functions: first call of a service's first revision."""
    for statement in (APP_NOW_DDL, *PARTITION_DDL, *OUTBOX_DDL, *INBOX_DDL, *JOURNAL_DDL, IDEMPOTENCY_DDL):
        op.execute(text(statement.replace(":", "\\:")))


def create_clock_and_partitions() -> None:
    """Only `app_now()` and the partition helpers: for a process without events (the gateway)."""
    for statement in (APP_NOW_DDL, *PARTITION_DDL):
        op.execute(text(statement.replace(":", "\\:")))


def create_seal_tables() -> None:
    """The chain of the journal and the witness of others' chains: one revision of each service that keeps a journal."""
    for statement in SEAL_DDL:
        op.execute(text(statement.replace(":", "\\:")))


def drop_seal_tables() -> None:
    """The way back."""
    for statement in DROP_SEAL_DDL:
        op.execute(text(statement))


def run_env(metadata: MetaData) -> None:
    """Body of a service's `migrations/env.py`."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        connection.execute(text("set local lock_timeout = '4s'"))
        connection.execute(text("set local statement_timeout = '300s'"))
        context.run_migrations()


def config_for(package: str) -> Config:
    """Alembic configuration of `nmo_<service>`: migrations live inside the package."""
    config = Config()
    folder = Path(str(resources.files(import_module(package)))) / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def head_revision(package: str) -> str | None:
    """Newest revision that the package carries."""
    return ScriptDirectory.from_config(config_for(package)).get_current_head()


async def upgrade(database_url: str, package: str) -> str | None:
    """Bring the database to the package's newest revision; safe to repeat and to run twice at once.

    Returns the revision reached.
    """
    engine = create_async_engine(sqlalchemy_url(database_url))
    config = config_for(package)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("select pg_advisory_lock(hashtext('nmo.migrate'))"))
            await connection.commit()
            await connection.run_sync(_upgrade, config)
            await connection.commit()
            return await connection.run_sync(_current)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def differences(database_url: str, metadata: MetaData) -> list[Any]:
    """What the models say otherwise than the migrated database; empty when they agree."""
    engine = create_async_engine(sqlalchemy_url(database_url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_compare, metadata)
    finally:
        await engine.dispose()


def _compare(connection: Connection, metadata: MetaData) -> list[Any]:
    def ours(name: str | None, kind: str, _: Any) -> bool:
        return kind != "table" or not str(name or "").startswith(KIT_TABLES)

    options = {"include_name": ours, "compare_type": True}
    with warnings.catch_warnings():
        # The journal's xid8 column is reflected before the filter applies; its type does not matter here.
        warnings.filterwarnings("ignore", message="Did not recognize type")
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def run(database_url: str, package: str) -> str | None:
    """`upgrade` for a command line."""
    return asyncio.run(upgrade(database_url, package))
