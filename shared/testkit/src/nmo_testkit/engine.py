"""Where the tests' PostgreSQL and RabbitMQ come from: variables, else containers, else private instances.

Variables: NMO_TEST_POSTGRES_URL (a superuser), NMO_TEST_AMQP_URL and NMO_TEST_AMQP_ADMIN_URL (an administrator).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

POSTGRES_IMAGE = "postgres:15"
RABBITMQ_IMAGE = "rabbitmq:3.13-management"


@dataclass(frozen=True)
class Infrastructure:
    """Addresses of one PostgreSQL server and one broker, and the way to stop them if the tests own them."""

    postgres_url: str
    amqp_url: str
    amqp_admin_url: str
    stop: Callable[[], None] = field(default=lambda: None)
    postgres: Any = None
    """The private server (`nmo_local.infra.postgres.Postgres`), where the tests own one: start, stop, pid."""
    rabbitmq: Any = None
    """The private node (`nmo_local.infra.rabbitmq.RabbitMQ`)."""


@cache
def engine_answers() -> bool:
    """True if a container engine answers a ping within 3 s; asked once a run.

    A docker command on the PATH proves nothing, and testcontainers raises in its constructor without an engine.
    """
    import docker  # type: ignore[import-untyped]
    from docker.errors import DockerException  # type: ignore[import-untyped]

    try:
        return bool(docker.from_env(timeout=3).ping())
    except (DockerException, OSError):
        return False


def _from_environment() -> Infrastructure | None:
    postgres = os.environ.get("NMO_TEST_POSTGRES_URL")
    amqp = os.environ.get("NMO_TEST_AMQP_URL")
    admin = os.environ.get("NMO_TEST_AMQP_ADMIN_URL")
    return Infrastructure(postgres, amqp, admin) if postgres and amqp and admin else None


def _containers() -> Infrastructure:
    from testcontainers.postgres import PostgresContainer
    from testcontainers.rabbitmq import RabbitMqContainer

    postgres: Any = PostgresContainer(POSTGRES_IMAGE, username="postgres", driver=None).start()
    broker: Any = RabbitMqContainer(RABBITMQ_IMAGE).with_exposed_ports(15672).start()
    host = broker.get_container_host_ip()

    def stop() -> None:
        broker.stop()
        postgres.stop()

    return Infrastructure(
        postgres_url=postgres.get_connection_url(),
        amqp_url=f"amqp://guest:guest@{host}:{broker.get_exposed_port(5672)}/",
        amqp_admin_url=f"http://guest:guest@{host}:{broker.get_exposed_port(15672)}",
        stop=stop,
    )


@contextmanager
def private_instances() -> Iterator[Infrastructure]:
    """An own PostgreSQL and an own broker from the installed packages, which a test may kill and restart."""
    # Imported here: only this way of three needs the local tool.
    from nmo_local.infra import start_test_infrastructure

    with tempfile.TemporaryDirectory(prefix="nmo-test-") as name:
        folder = Path(name)
        # The server's own user must get in when the tests run as root.
        folder.chmod(0o711)
        infra = start_test_infrastructure(folder)
        try:
            yield Infrastructure(
                postgres_url=infra.postgres_url,
                amqp_url=infra.amqp_url,
                amqp_admin_url=infra.amqp_admin_url,
                stop=infra.stop,
                postgres=infra.postgres,
                rabbitmq=infra.rabbitmq,
            )
        finally:
            infra.stop()


@contextmanager
def infrastructure() -> Iterator[Infrastructure]:
    """The infrastructure of a test run, stopped at its end if it was started for it."""
    given = _from_environment()
    if given is not None:
        yield given
    elif engine_answers():
        started = _containers()
        try:
            yield started
        finally:
            started.stop()
    else:
        with private_instances() as own:
            yield own
