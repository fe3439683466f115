"""A system of its own for one run: servers, fault proxies before them, processes that can be struck and told things."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg

from nmo_local import lifecycle, supervise, system
from nmo_local.demo import summary
from nmo_local.infra import Infra
from nmo_local.infra.postgres import Postgres
from nmo_local.infra.rabbitmq import RabbitMQ
from nmo_local.infra.servers import (
    AMQP_PORT,
    DISTRIBUTION_PORT,
    EPMD_PORT,
    MANAGEMENT_PORT,
    POSTGRES_PORT,
)
from nmo_local.paths import LOCAL, ROOT
from nmo_local.supervise import Program
from nmo_testkit.faults import FaultProxy
from tests.conftest import Portal

LINKS: Final = {"DATABASE_URL": ("postgres", POSTGRES_PORT), "AMQP_URL": ("amqp", AMQP_PORT)}
ROOM: Final = 100_000
SCARCE_SEATS: Final = (3, 5, 8)


class World:
    """The system under test. Administrators' connections go to the servers direct, the services' through proxies."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        servers = LOCAL / "servers"
        self.postgres = Postgres(servers / "postgres", POSTGRES_PORT)
        self.rabbitmq = RabbitMQ(
            servers / "rabbitmq", AMQP_PORT, MANAGEMENT_PORT, DISTRIBUTION_PORT, EPMD_PORT
        )
        self.proxies: dict[tuple[str, str], FaultProxy] = {}
        self.programs: dict[str, Program] = {}
        self.portal = Portal(system.PUBLIC_URL)
        self.failpoints = LOCAL / "failpoints"
        self.shift_s = 0.0

    async def start(self) -> None:
        """A fresh system with demo data, roomy programmes and a few scarce ones."""
        await asyncio.to_thread(self._clear)
        self.failpoints.mkdir(parents=True)
        for name in system.WITH_DATABASE:
            for server, port in LINKS.values():
                self.proxies[name, server] = FaultProxy("127.0.0.1", port)
                await self.proxies[name, server].start()
        servers = await lifecycle.up(self._start_servers, self._portal_programs)
        self.programs = {
            program.name: program for program in (*system.sandbox_programs(), *self._portal_programs(servers))
        }
        summary.write(servers, {})

    async def stop(self) -> None:
        """Stop everything that was started; what was written stays."""
        await asyncio.to_thread(supervise.stop)
        await asyncio.to_thread(self.rabbitmq.stop)
        await asyncio.to_thread(self.postgres.stop)
        await self.leave()

    async def leave(self) -> None:
        """Stop only what lives in the harness itself; the processes are without their servers then."""
        for proxy in self.proxies.values():
            await proxy.stop()

    def direct_database(self, service: str) -> str:
        """A service's database under its own role, past the proxies."""
        return system.database_url(self._servers(), service)

    async def fetch(self, service: str, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Ask a service's database directly."""
        connection = await asyncpg.connect(self.direct_database(service), timeout=10)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def states(self) -> dict[str, Mapping[str, Any]]:
        """What the supervisor says of each process."""
        return {item["name"]: item for item in await asyncio.to_thread(supervise.states)}

    def tell(self, name: str, **changes: str) -> None:
        """Change a process's settings; they hold from its next start."""
        program = self.programs[name]
        environment = {**program.environment, **changes}
        self.programs[name] = dataclasses.replace(program, environment=environment)
        supervise.environment_file(self.programs[name])

    def failpoint_file(self, process: str) -> Path:
        """The file that steers a process's failpoints."""
        return self.failpoints / process

    async def make_seats(self, specialty: str) -> tuple[list[str], list[str]]:
        """Room for everybody in all fitting programmes but the last ones, which get a handful of seats.

        Returns:
            Ids of all, and of the scarce ones.
        """
        rows = await self.fetch(
            "catalog",
            "select id from element where organization_id = $1 and kind = 'programme' and zet = 72"
            " and $2 = any(specialty_keys) and 'budget' = any(bases) and starts_on > current_date order by id",
            system.organization_id(1),
            specialty,
        )
        ids = [row["id"] for row in rows]
        scarce = ids[-len(SCARCE_SEATS) :]
        await self.fetch(
            "catalog", "update element set seats_total = $1 where id = any($2)", ROOM, ids[: -len(scarce)]
        )
        for identifier, seats in zip(scarce, SCARCE_SEATS, strict=True):
            await self.fetch(
                "catalog", "update element set seats_total = $1 where id = $2", seats, identifier
            )
        return [str(identifier) for identifier in ids], [str(identifier) for identifier in scarce]

    async def knows(self, elements: list[str]) -> bool:
        """Whether the elements have reached every service that keeps copies."""
        statement = "select count(*) from catalog_element_copy where element_id = any($1::text[]::uuid[])"
        counts = [
            (await self.fetch(name, statement, elements))[0][0]
            for name in ("cycles", "applications", "notifications")
        ]
        return min(counts) == len(elements)

    def _servers(self) -> Infra:
        return Infra(
            self.postgres.url, self.rabbitmq.url, self.rabbitmq.admin_url, self.postgres, self.rabbitmq
        )

    def _start_servers(self, _folder: Path) -> Infra:
        self.postgres.start()
        self.rabbitmq.start()
        return self._servers()

    def _portal_programs(self, servers: Infra) -> list[Program]:
        return [
            dataclasses.replace(program, environment=self._environment(program))
            for program in system.portal_programs(servers)
        ]

    def _environment(self, program: Program) -> dict[str, str]:
        found = dict(program.environment)
        for name, value in found.items():
            for ending, (server, port) in LINKS.items():
                if name.endswith(ending):
                    proxy = self.proxies[program.name, server]
                    found[name] = value.replace(f"127.0.0.1:{port}", f"127.0.0.1:{proxy.port}")
        if program.name == "gateway":
            # A whole crowd acts through a few employees of one organisation.
            found |= {"NMO_GATEWAY_PERSON_RATE_PER_S": "1000", "NMO_GATEWAY_PERSON_BURST": "10000"}
        return found | {"NMO_FAILPOINT_FILE": str(self.failpoint_file(program.name))}

    def _clear(self) -> None:
        """End what an earlier run has left behind and delete its state; unpacked server packages are used again."""
        supervise.stop()
        self.rabbitmq.remove()
        self.postgres.remove()
        if LOCAL.exists():
            shutil.rmtree(LOCAL)
        LOCAL.mkdir(parents=True)
        shared = ROOT / ".local" / "packages"
        if shared.exists():
            (LOCAL / "packages").symlink_to(shared)


def write_json(file: Path, value: Any) -> None:
    """A readable document."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")
