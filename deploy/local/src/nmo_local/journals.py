"""`verify-journals`: is every service's journal of the running system as it was sealed (AUD-02)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from nmo_local import system
from nmo_local.infra import Infra
from nmo_local.paths import LOCAL
from nmo_local.report import console

WITNESSES = ("notifications", "catalog")
"""Services that keep the others' checkpoints."""


def verify() -> int:
    """Print a verdict for each service; 1 when one of them is not whole."""
    told = json.loads((LOCAL / "demo.json").read_text())
    servers = Infra(told["postgres"], told["broker"]["amqp"], told["broker"]["management"])
    return 1 if sum(_verify(servers, service) for service in system.SERVICES) else 0


def _verify(servers: Infra, service: str) -> bool:
    """Whether something is wrong with one journal."""
    root = servers.postgres_url.rpartition("/")[0]
    witnesses = [f"{root}/{system.database_name(name)}" for name in WITNESSES if name != service]
    command = [sys.executable, "-m", f"nmo_{service}", "verify-journal"]
    for address in witnesses:
        command += ["--witness", address]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NMO_")}
    environment = {**kept, **system.service_environment(servers, service)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    console.print(done.stdout.strip() or done.stderr.strip(), markup=False, highlight=False)
    return done.returncode != 0
