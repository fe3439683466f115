"""Up, down, status and logs of the system on one machine (OPS-01)."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import aiohttp
from rich.table import Table

from nmo_local import deploy_step, infra, sandbox_setup, supervise, system
from nmo_local.infra import gost
from nmo_local.paths import LOCAL, LOGS
from nmo_local.report import console, fail, say, step
from nmo_local.supervise import Program

READY_TIMEOUT_S = 300
SEED_AT_ONCE = 2


class StepFailedError(Exception):
    """A step did not come through; what is known was printed."""


async def up(
    start: Callable[[Path], infra.Infra] = infra.start,
    portal_programs: Callable[[infra.Infra], list[Program]] = system.portal_programs,
) -> infra.Infra:
    """Bring the whole system up, or what of it is missing; returns the servers' addresses.

    `start` and `portal_programs` let a test have servers and processes of its own.
    """
    LOCAL.mkdir(parents=True, exist_ok=True)
    with step("PostgreSQL and RabbitMQ answer"):
        servers = await asyncio.to_thread(start, LOCAL / "servers")
    if system.ESIA_VERSION == "v2":
        with step("OpenSSL's GOST engine signs"):
            await asyncio.to_thread(gost.provide)
    with step("databases, schemas and the broker's topology stand"):
        await deploy_step.create_databases(servers)
        await deploy_step.migrate_all(servers)
        unused = await deploy_step.declare_topology(servers)
    for queue in unused:
        say(f"queue {queue} is listed by no service")
    sandbox, portal = system.sandbox_programs(), portal_programs(servers)
    # Services start together with the stand-ins: imports are what takes time.
    with step("stand-ins for ЕСИА, ФРМР, mail and SMS are ready"):
        await asyncio.to_thread(supervise.start, sandbox if not supervise.states() else sandbox + portal)
        await wait_ready(sandbox)
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        await sandbox_setup.connect(client)
    with step("demo data are loaded"):
        await _seed(servers)
    with step("six services and the gateway are ready"):
        await asyncio.to_thread(supervise.start, sandbox + portal)
        await wait_ready(portal)
    return servers


async def wait_ready(programs: Sequence[Program]) -> None:
    """Wait until each says it is ready.

    Raises:
        StepFailedError: one is not in time; its last lines were printed.
    """
    deadline = time.monotonic() + READY_TIMEOUT_S
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as client:
        for program in programs:
            while not await _is_ready(client, program.ready_url):
                if time.monotonic() > deadline:
                    fail(f"{program.name} is not ready after {READY_TIMEOUT_S} s; its last lines:")
                    console.print(supervise.tail(program.name), markup=False)
                    raise StepFailedError
                await asyncio.sleep(0.15)


async def _is_ready(client: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with client.get(address) as answer:
            return answer.status == 200  # noqa: PLR2004 HTTP
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def _seed(servers: infra.Infra) -> None:
    places = asyncio.Semaphore(SEED_AT_ONCE)

    async def seed(service: str) -> None:
        async with places:
            await _run_seed(servers, service)

    await asyncio.gather(*(seed(service) for service in system.SERVICES))


async def _run_seed(servers: infra.Infra, service: str) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NMO_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"nmo_{service}", "seed", "--demo",
        env={**kept, **system.service_environment(servers, service)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    (LOGS / f"seed-{service}.log").write_bytes(output)
    if process.returncode:
        fail(f"seeding {service} failed; its last lines:")
        console.print(output.decode(errors="replace")[-2500:], markup=False)
        raise StepFailedError


def down() -> None:
    """Stop everything; the data stay in `.local/`."""
    with step("processes are stopped"):
        supervise.stop()
    with step("PostgreSQL and RabbitMQ are stopped"):
        infra.stop(LOCAL / "servers")


def status() -> int:
    """Print each process with its state; 0 when all run."""
    states = supervise.states()
    if not states:
        console.print("Nothing runs. Start the system with [bold]make up[/].")
        return 1
    table = Table(box=None, header_style="bold")
    for column in ("process", "state", "pid", "for", "address"):
        table.add_column(column)
    for item in states:
        name = item["name"].removeprefix("sandbox-")
        colour = "green" if item["statename"] == "RUNNING" else "red"
        uptime = f"{item['now'] - item['start']} s" if item["statename"] == "RUNNING" else ""
        table.add_row(
            item["name"],
            f"[{colour}]{item['statename'].lower()}[/]",
            str(item["pid"] or ""),
            uptime,
            system.url(name),
        )
    console.print(table)
    return 0 if all(item["statename"] == "RUNNING" for item in states) else 1


def logs(service: str) -> None:
    """Follow the output of one process until interrupted."""
    file = supervise.log_file(service)
    if not file.exists():
        names = ", ".join(sorted(path.stem for path in LOGS.glob("*.log")))
        console.print(f"No output of {service!r}. Known: {names}")
        raise StepFailedError
    os.execvp("tail", ["tail", "-n", "50", "-F", str(file)])  # noqa: S606 the pager of logs
