"""What the processes of a running system take: memory and processor time, from /proc."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nmo_local import supervise
from nmo_local.infra.servers import Infra
from tests.bench.measure import cpu_seconds

_KIB = 1024


def supervised() -> dict[str, int]:
    """Process ids of the services, the gateway and the stand-ins by name."""
    return {item["name"]: item["pid"] for item in supervise.states() if item["pid"]}


def servers(infra: Infra) -> dict[str, list[int]]:
    """Process ids of the database server with its sessions and of the broker."""
    found: dict[str, list[int]] = {}
    for name, server in (("postgresql", infra.postgres), ("rabbitmq", infra.rabbitmq)):
        if server is not None and server.pid is not None:
            found[name] = [server.pid, *_below(server.pid)]
    return found


def cpu_by_name(groups: dict[str, list[int]]) -> dict[str, float]:
    """Processor seconds of each group."""
    return {name: sum(map(cpu_seconds, pids)) for name, pids in groups.items()}


def memory_mib(pids: Iterable[int]) -> float:
    """Proportional share of memory (PSS): shared pages are counted once over all processes."""
    total = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / _KIB


def _below(pid: int) -> list[int]:
    """All descendants."""
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="ascii").split()):
            children += [child, *_below(child)]
    return children
