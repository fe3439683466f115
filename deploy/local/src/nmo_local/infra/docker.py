"""PostgreSQL and RabbitMQ in containers, where an engine answers (`compose.yaml` beside this file)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

COMPOSE = Path(__file__).with_name("compose.yaml")
PING_TIMEOUT_S = 3


def engine_answers() -> bool:
    """True when a Docker engine answers; a command on the PATH alone proves nothing."""
    if shutil.which("docker") is None:
        return False
    try:
        done = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            capture_output=True, timeout=PING_TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def up(project: str, variables: dict[str, str]) -> bool:
    """Start both servers and wait for their health checks; False when the images cannot be had."""
    done = subprocess.run(
        ["docker", "compose", "-p", project, "-f", str(COMPOSE), "up", "-d", "--wait"],
        env={**os.environ, **variables}, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def down(project: str) -> None:
    """Stop both servers; their volumes stay."""
    subprocess.run(
        ["docker", "compose", "-p", project, "-f", str(COMPOSE), "stop"], capture_output=True, check=False
    )
