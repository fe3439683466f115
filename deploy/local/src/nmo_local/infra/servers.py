"""Which servers to use, in the fixed order: given addresses, containers, installed, Debian's packages."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from nmo_local.infra import docker
from nmo_local.infra.postgres import Postgres
from nmo_local.infra.rabbitmq import RabbitMQ
from nmo_local.paths import PORT_OFFSET

POSTGRES_PORT, AMQP_PORT, MANAGEMENT_PORT, DISTRIBUTION_PORT, EPMD_PORT = (
    port + PORT_OFFSET for port in (15432, 15670, 15671, 15669, 14369)
)
PROJECT = f"nmo-local-{PORT_OFFSET}" if PORT_OFFSET else "nmo-local"
FREE_PORTS = range(21000, 31000)
"""Below the ephemeral range, where a port could be taken by an outgoing connection."""


@dataclass(frozen=True, slots=True)
class Infra:
    """Addresses with administrators' rights, and the private servers if we started them."""

    postgres_url: str
    amqp_url: str
    """Without a vhost."""
    amqp_admin_url: str
    postgres: Postgres | None = None
    rabbitmq: RabbitMQ | None = None

    def stop(self) -> None:
        """Stop what we started."""
        if self.postgres is not None:
            self.postgres.stop()
        if self.rabbitmq is not None:
            self.rabbitmq.stop()


def start(folder: Path) -> Infra:
    """Servers of the local system."""
    given = _given()
    if given is not None:
        return given
    marker = folder / "containers"
    private = (folder / "postgres").exists() and not marker.exists()
    if not private and docker.engine_answers():
        found = _containers(folder, marker)
        if found is not None:
            return found
    return _private(
        Postgres(folder / "postgres", POSTGRES_PORT),
        RabbitMQ(folder / "rabbitmq", AMQP_PORT, MANAGEMENT_PORT, DISTRIBUTION_PORT, EPMD_PORT),
    )


def stop(folder: Path) -> None:
    """Stop the servers that `start` started, whichever way."""
    if _given() is not None:
        return
    if (folder / "containers").exists():
        docker.down(PROJECT)
        return
    if (folder / "postgres").exists():
        Postgres(folder / "postgres", POSTGRES_PORT).stop()
    if (folder / "rabbitmq").exists():
        RabbitMQ(folder / "rabbitmq", AMQP_PORT, MANAGEMENT_PORT, DISTRIBUTION_PORT, EPMD_PORT).stop()


def start_test_infrastructure(folder: Path, *, durable: bool = False) -> Infra:
    """Throw-away servers on free ports for one test run; the caller stops them. `durable` keeps fsync on."""
    ports = _free_ports(5)
    return _private(
        Postgres(folder / "postgres", ports[0], durable=durable), RabbitMQ(folder / "rabbitmq", *ports[1:])
    )


def _private(postgres: Postgres, rabbitmq: RabbitMQ) -> Infra:
    postgres.start()
    rabbitmq.start()
    return Infra(postgres.url, rabbitmq.url, rabbitmq.admin_url, postgres, rabbitmq)


def _given() -> Infra | None:
    names = ("NMO_LOCAL_POSTGRES_URL", "NMO_LOCAL_AMQP_URL", "NMO_LOCAL_AMQP_ADMIN_URL")
    values = [os.environ.get(name, "") for name in names]
    if not any(values):
        return None
    if not all(values):
        msg = f"Give all of {', '.join(names)} or none"
        raise SystemExit(msg)
    return Infra(values[0], values[1].rstrip("/"), values[2].rstrip("/"))


def _containers(folder: Path, marker: Path) -> Infra | None:
    folder.mkdir(parents=True, exist_ok=True)
    password = marker.read_text() if marker.exists() else secrets.token_hex(20)
    variables = {
        "NMO_LOCAL_PASSWORD": password,
        "NMO_LOCAL_POSTGRES_PORT": str(POSTGRES_PORT),
        "NMO_LOCAL_AMQP_PORT": str(AMQP_PORT),
        "NMO_LOCAL_MANAGEMENT_PORT": str(MANAGEMENT_PORT),
    }
    if not docker.up(PROJECT, variables):
        return None
    marker.write_text(password)
    marker.chmod(0o600)
    return Infra(
        f"postgresql://postgres:{password}@127.0.0.1:{POSTGRES_PORT}/postgres",
        f"amqp://nmo-admin:{password}@127.0.0.1:{AMQP_PORT}",
        f"http://nmo-admin:{password}@127.0.0.1:{MANAGEMENT_PORT}",
    )


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    start = FREE_PORTS.start + secrets.randbelow(len(FREE_PORTS) - 200)
    for port in range(start, FREE_PORTS.stop):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        if len(found) == count:
            return found
    msg = "No free ports"
    raise SystemExit(msg)
