"""The running system for tests that drive it as a whole: the one that already answers, else one started for the run."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from nmo_local import supervise, system
from nmo_local.paths import LOCAL

ROOT = Path(__file__).resolve().parents[1]
PORTAL_URL = system.PUBLIC_URL
UP_TIMEOUT_S = 600
DOWN_TIMEOUT_S = 120


@dataclass(frozen=True)
class Portal:
    """Addresses of the running system and what `.local/demo.json` says about it."""

    url: str

    @cached_property
    def demo(self) -> dict[str, Any]:
        """Everything a script needs after `make up`."""
        found: dict[str, Any] = json.loads((LOCAL / "demo.json").read_text())
        return found

    def address(self, name: str) -> str:
        """Address of a service or stand-in: `esia`, `mailbox`, `cycles`."""
        return str(self.demo["addresses"][name])

    @property
    def organization_id(self) -> str:
        """The educational organisation that the demo's staff work for."""
        return str(self.demo["organization_id"])

    @property
    def partner(self) -> dict[str, str]:
        """Credentials of `partner-demo`."""
        found: dict[str, str] = self.demo["clients"]["partner-demo"]
        return found


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{PORTAL_URL}/readyz", timeout=3) as answer:  # noqa: S310 our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _local(command: str, timeout_s: int) -> None:
    """Run a command of the local tool; its output goes to a file, since what it starts would keep a pipe open."""
    log = LOCAL / "log" / f"{command}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "nmo_local", command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    if done.returncode:
        pytest.fail(f"`make {command}` failed:\n{log.read_text(errors='replace')[-3000:]}", pytrace=False)


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """The whole system. One that runs already is used and left running."""
    running = _answers()
    if running and not supervise.states():
        pytest.fail(f"{PORTAL_URL} is served by another checkout; stop that one first", pytrace=False)
    if not running:
        _local("up", UP_TIMEOUT_S)
    try:
        yield Portal(PORTAL_URL)
    finally:
        if not running:
            _local("down", DOWN_TIMEOUT_S)
