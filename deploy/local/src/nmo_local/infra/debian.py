"""Debian packages where a server is missing: installed by root, unpacked into `.local/` by anyone else."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nmo_local.report import say

SEARCH_PATH = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"
"""Programs of the system's administration lie where not every shell looks."""


class MissingServerError(SystemExit):
    """A server is missing and cannot be had; the message says what to install."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Look for a program and have it installed while nobody else does. Not to be nested.

    Apt refuses a second one at once, and a program that is half installed is there already.
    """
    with (Path(tempfile.gettempdir()) / f"nmo-packages-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def require_apt(package: str) -> None:
    """Stop with a clear message where there is no apt."""
    if shutil.which("apt-get") is None:
        raise MissingServerError(
            f"{package} is not installed and this is not Debian. Install it, start Docker, or give its address "
            "in NMO_LOCAL_POSTGRES_URL / NMO_LOCAL_AMQP_URL and NMO_LOCAL_AMQP_ADMIN_URL."
        )


@one_at_a_time()
def require_program(package: str, *, variable: str) -> None:
    """Have a program that is named as its package: as it is, or installed by root.

    Raises:
        MissingServerError: it is not there and we may not install it; `variable` may name another one.
    """
    if os.environ.get(variable) or shutil.which(package):
        return
    if os.getuid() != 0:
        raise MissingServerError(
            f"{package} is not installed: apt-get install {package}, or name one in {variable}"
        )
    install(package)


def install(package: str) -> None:
    """Install as root, without starting the machine's own instance of the server."""
    require_apt(package)
    say(f"installing the Debian package {package}")
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        # Exit code 101 tells package scripts not to start services.
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": SEARCH_PATH}
    try:
        _run(["apt-get", "update", "-qq"], environment)
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], environment)
    finally:
        if ours:
            policy.unlink(missing_ok=True)


def unpack(package: str, folder: Path) -> Path:
    """Download a package with what it needs and unpack it into `folder`; no root needed. Returns the folder."""
    require_apt(package)
    marker = folder / f".{package}"
    if marker.exists():
        return folder
    say(f"unpacking the Debian package {package} into {folder.name}")
    downloads = folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    for name in _missing_dependencies(package):
        _run(["apt-get", "download", name], {**os.environ}, cwd=downloads)
    for archive in sorted(downloads.glob("*.deb")):
        _run(["dpkg", "-x", str(archive), str(folder)], {**os.environ})
    marker.touch()
    return folder


def _missing_dependencies(package: str) -> list[str]:
    simulated = subprocess.run(
        ["apt-get", "install", "-s", "--no-install-recommends", package],
        capture_output=True,
        text=True,
        check=True,
    )
    return re.findall(r"^Inst (\S+)", simulated.stdout, flags=re.MULTILINE)


def _run(command: list[str], environment: dict[str, str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingServerError(f"{' '.join(command)} failed:\n{done.stdout[-800:]}{done.stderr[-1500:]}")
