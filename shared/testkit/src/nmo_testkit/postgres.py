"""Databases for tests: a service's migrations run once into a template, each module gets a clone."""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr

from nmo_kit import migrate
from nmo_kit.db import Database, WriteSession
from nmo_kit.settings import ServiceSettings

LEFT_OVER_S = 3 * 3600
"""Clones older than this belong to a run that died."""

_numbers = itertools.count(1)


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


class Databases:
    """Creates and drops databases on the tests' server."""

    def __init__(self, admin_url: str) -> None:
        """`admin_url` is a superuser's address of any database of the server."""
        self.admin_url = admin_url
        self._templates: dict[str, str] = {}

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.admin_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def remove_left_overs(self) -> None:
        """Drop clones of runs that died."""
        async with self._admin() as admin:
            names = await admin.fetch("select datname from pg_database where datname like 'nmo\\_t\\_%'")
            for (name,) in names:
                born = name.split("_")[2]
                if born.isdigit() and time.time() - int(born) > LEFT_OVER_S:
                    await admin.execute(f'drop database if exists "{name}" with (force)')

    async def empty(self, label: str = "empty") -> str:
        """Address of a new empty database."""
        return await self._create(label, "template1")

    async def of(self, package: str) -> str:
        """Address of a new database with the schema of `nmo_<service>` (its migrations, from empty to head)."""
        if package not in self._templates:
            self._templates[package] = await self._template(package)
        return await self._create(package.removeprefix("nmo_"), self._templates[package])

    async def drop(self, url: str) -> None:
        """Drop a database, cutting whoever is connected."""
        name = urlsplit(url).path.lstrip("/")
        async with self._admin() as admin:
            await admin.execute(f'drop database if exists "{name}" with (force)')

    async def _create(self, label: str, template: str) -> str:
        name = f"nmo_t_{int(time.time())}_{os.getpid()}_{next(_numbers)}_{label}"[:63]
        async with self._admin() as admin:
            # One at a time: cloning fails while anybody else clones or migrates the same template.
            await admin.execute("select pg_advisory_lock(hashtext('nmo.testkit'))")
            await admin.execute(f'create database "{name}" template "{template}"')
        return with_database(self.admin_url, name)

    async def _template(self, package: str) -> str:
        name = f"nmo_tpl_{package.removeprefix('nmo_')}_{_digest(package)}"
        async with self._admin() as admin:
            await admin.execute("select pg_advisory_lock(hashtext('nmo.testkit'))")
            done = await admin.fetchval("select datistemplate from pg_database where datname = $1", name)
            if done:
                return name
            await admin.execute(f'drop database if exists "{name}" with (force)')
            await admin.execute(f'create database "{name}"')
            await migrate.upgrade(with_database(self.admin_url, name), package)
            await admin.execute(f'alter database "{name}" with is_template true')
        return name


def _digest(package: str) -> str:
    """What the schema depends on: the package's migrations and the kit's own tables."""
    digest = hashlib.sha256()
    kit = Path(str(migrate.__file__)).parent
    migrations = Path(str(import_module(package).__file__)).parent / "migrations"
    own = sorted(migrations.rglob("*.py"))
    for path in (
        *own,
        *(
            kit / name
            for name in (
                "migrate.py",
                "journal.py",
                "idempotency.py",
                "messaging/tables.py",
                "sealing/tables.py",
            )
        ),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def settings_for(database_url: str, **values: object) -> ServiceSettings:
    """Settings of a test process with this database; `values` are further fields."""
    return ServiceSettings.model_validate(
        {"environment": "test", "database_url": SecretStr(database_url), "pool_size": 10, **values}
    )


@asynccontextmanager
async def rolled_back(database: Database) -> AsyncIterator[WriteSession]:
    """A write session whose every change is undone at the end; `commit` inside only ends a savepoint."""
    engine = database.engines[0]
    async with engine.connect() as connection:
        transaction = await connection.begin()
        session = WriteSession(
            bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        try:
            yield session
        finally:
            await session.close()
            await transaction.rollback()
