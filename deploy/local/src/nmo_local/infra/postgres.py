"""A private PostgreSQL cluster on a port of the project's own; never the machine's instance."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from nmo_local.infra import debian
from nmo_local.paths import PACKAGES

PACKAGE = "postgresql-15"
START_TIMEOUT_S = 60
_RUNUSER = shutil.which("runuser", path=debian.SEARCH_PATH) or "runuser"


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster: where it lies and where it listens."""

    folder: Path
    port: int
    durable: bool = True
    """False for throw-away clusters of tests: no fsync."""

    @property
    def url(self) -> str:
        """Address of the superuser."""
        password = (self._home / "password").read_text().strip()
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def _home(self) -> Path:
        """The folder, or one that the server's user can enter where ours is closed to it."""
        if os.getuid() != 0:
            return self.folder
        self.folder.mkdir(parents=True, exist_ok=True)
        user = pwd.getpwnam("postgres").pw_name
        reachable = subprocess.run(
            [_RUNUSER, "-u", user, "--", "test", "-x", str(self.folder)], check=False, capture_output=True
        )
        if reachable.returncode == 0:
            return self.folder
        return Path("/var/tmp") / ("nmo" + str(self.folder).replace("/", "-"))  # noqa: S108 a private folder, mode 700

    def start(self) -> None:
        """Create the cluster if it is not there, and start it if it does not run."""
        binaries = _binaries(PACKAGES)
        home = self._home
        data = home / "data"
        if not (data / "PG_VERSION").exists():
            self._create(binaries, home)
        if _as_server(binaries / "pg_ctl", "-D", str(data), "status").returncode == 0:
            return
        done = _as_server(
            binaries / "pg_ctl",
            "-D",
            str(data),
            "-l",
            str(home / "server.log"),
            "-w",
            "-t",
            str(START_TIMEOUT_S),
            "start",
        )
        if done.returncode:
            tail = (home / "server.log").read_text()[-1500:] if (home / "server.log").exists() else ""
            msg = f"PostgreSQL did not start on port {self.port}:\n{done.stderr}{tail}"
            raise SystemExit(msg)

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `mode` is pg_ctl's: fast, immediate or smart."""
        data = self._home / "data"
        if (data / "PG_VERSION").exists():
            _as_server(
                _binaries(PACKAGES) / "pg_ctl",
                "-D",
                str(data),
                "-m",
                mode,
                "-w",
                "stop",
            )

    def remove(self) -> None:
        """Stop it at once and delete all its data."""
        self.stop("immediate")
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster while it runs."""
        file = self._home / "data" / "postmaster.pid"
        return int(file.read_text().split("\n", 1)[0]) if file.exists() else None

    def _create(self, binaries: Path, home: Path) -> None:
        for folder in (home, home / "socket"):
            folder.mkdir(parents=True, exist_ok=True)
        password = home / "password"
        password.write_text(secrets.token_urlsafe(24))
        password.chmod(0o600)
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (home, home / "socket", password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        done = _as_server(
            binaries / "initdb", "-D", str(home / "data"), "-U", "postgres", "-A", "scram-sha-256",
            f"--pwfile={password}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        if done.returncode:
            msg = f"initdb failed:\n{done.stderr}"
            raise SystemExit(msg)
        lines = [
            "listen_addresses = '127.0.0.1'",
            f"port = {self.port}",
            f"unix_socket_directories = '{home / 'socket'}'",
            "max_connections = 300",
            "shared_buffers = 256MB",
            "timezone = 'UTC'",
            "log_min_duration_statement = 1000",
            *([] if self.durable else ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]),
        ]
        with (home / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join(lines) + "\n")


@debian.one_at_a_time()
def _binaries(packages: Path) -> Path:
    """Folder with initdb and pg_ctl, version 15 preferred; fetched if there is none."""
    found = _installed(Path("/")) or _installed(packages)
    if found is None:
        if os.getuid() == 0:
            debian.install(PACKAGE)
        else:
            debian.unpack(PACKAGE, packages)
        found = _installed(Path("/")) or _installed(packages)
    if found is None:
        msg = f"{PACKAGE} was installed and yet initdb is not there"
        raise debian.MissingServerError(msg)
    return found


def _installed(root: Path) -> Path | None:
    folders = [path.parent for path in (root / "usr/lib/postgresql").glob("*/bin/initdb")]
    folders = [folder for folder in folders if int(folder.parent.name) >= 15]  # noqa: PLR2004 oldest version tested
    if folders:
        return min(folders, key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _as_server(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run as the server's user when we are root, which PostgreSQL refuses to be."""
    prefix = [_RUNUSER, "-u", "postgres", "--"] if os.getuid() == 0 else []
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    with Path(os.devnull).open("rb") as nothing:
        return subprocess.run(
            [*prefix, str(program), *arguments],
            stdin=nothing, capture_output=True, text=True, check=False, cwd="/", env=environment,
        )  # fmt: skip
