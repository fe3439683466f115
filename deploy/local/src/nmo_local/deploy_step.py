"""The deployment step of the local system: roles, databases, schemas, and the broker's topology."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module

import asyncpg

from nmo_contracts.registry_of_events import EVENT_TYPES
from nmo_kit import migrate
from nmo_kit.messaging.admin import BrokerAdmin
from nmo_kit.messaging.topology import Topology, declare, declare_partners, declare_user
from nmo_local import secret_files, system
from nmo_local.infra import Infra


async def create_databases(infra: Infra) -> None:
    """One role and one database per service; no role may enter another's."""
    admin = await asyncpg.connect(infra.postgres_url, timeout=10)
    try:
        for service in system.WITH_DATABASE:
            await _create_database(
                admin, system.database_name(service), secret_files.password(f"db_{service}")
            )
    finally:
        await admin.close()


async def _create_database(admin: asyncpg.Connection, name: str, password: str) -> None:
    # Names and passwords are ours alone: letters, digits and underscores.
    if await admin.fetchval("select 1 from pg_roles where rolname = $1", name):
        await admin.execute(f"alter role {name} with login password '{password}'")
    else:
        await admin.execute(f"create role {name} login password '{password}'")
    if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
        await admin.execute(f"create database {name} owner {name}")
    await admin.execute(f"revoke connect on database {name} from public")


async def migrate_all(infra: Infra) -> dict[str, str | None]:
    """Bring every schema to its newest revision; the revision by service."""
    # One after another: the migration tool keeps its operations in a global of the process.
    revisions = {}
    for name in system.WITH_DATABASE:
        # A revision that seals a column asks for its key as the service's own command `migrate` would.
        with _environment(system.service_environment(infra, name)):
            revisions[name] = await migrate.upgrade(system.database_url(infra, name), f"nmo_{name}")
    return revisions


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables for a while; then the process's own again."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def declare_topology(infra: Infra) -> list[str]:
    """Exchanges, queues, policies and users; returns queues that nobody lists."""
    queues = {name: import_module(f"nmo_{name}.topology").QUEUES for name in system.SERVICES}
    async with BrokerAdmin(infra.amqp_admin_url) as admin:
        declared = await declare(admin, Topology(queues, told=frozenset(EVENT_TYPES)))
        for name in system.SERVICES:
            await declare_user(admin, name, secret_files.password(f"amqp_{name}"))
        await declare_partners(
            admin, system.PARTNER_PUBLISHER, secret_files.password(f"amqp_{system.PARTNER_PUBLISHER}")
        )
    return declared.unused_queues
