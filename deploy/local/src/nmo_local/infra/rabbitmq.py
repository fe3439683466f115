"""A private RabbitMQ node on ports of the project's own; runs as the calling user, root or not."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from nmo_local.infra import debian
from nmo_local.paths import PACKAGES

PACKAGE = "rabbitmq-server"
START_TIMEOUT_S = 90
USER = "nmo-admin"


@dataclass(frozen=True, slots=True)
class RabbitMQ:
    """One node: where it lies and where it listens. All ports stay below the ephemeral range."""

    folder: Path
    port: int
    management_port: int
    distribution_port: int
    epmd_port: int

    @property
    def url(self) -> str:
        """Address of the administrator, without a vhost."""
        return f"amqp://{USER}:{self._password}@127.0.0.1:{self.port}"

    @property
    def admin_url(self) -> str:
        """Address of the management API with its user."""
        return f"http://{USER}:{self._password}@127.0.0.1:{self.management_port}"

    @property
    def _password(self) -> str:
        return (self.folder / "password").read_text().strip()

    def start(self) -> None:
        """Start the node if it does not answer, and wait until it does."""
        root = _root(PACKAGES)
        self._prepare()
        if self.answers():
            return
        log = self.folder / "log" / "stdout"
        with log.open("ab") as output, Path(os.devnull).open("rb") as nothing:
            process = subprocess.Popen(
                [str(root / "usr/lib/rabbitmq/bin/rabbitmq-server")],
                env=self._environment(root), stdin=nothing, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                msg = (
                    f"RabbitMQ did not start on port {self.port}:\n{log.read_text(errors='replace')[-1500:]}"
                )
                raise SystemExit(msg)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the node and the port mapper that came with it."""
        if not (self.folder / "rabbitmq.conf").exists():
            return
        environment = self._environment(_root(PACKAGES))
        self.control("stop", str(self.folder / "pid"))
        subprocess.run(
            ["epmd", "-port", str(self.epmd_port), "-kill"], env=environment, check=False, capture_output=True
        )

    def control(self, *arguments: str) -> None:
        """Run `rabbitmqctl` against the node."""
        root = _root(PACKAGES)
        self._control(root, self._environment(root), *arguments)

    def kill(self) -> bool:
        """End the node at once, as a power cut would; its port mapper stays. False if it does not run."""
        pid = self.pid
        line = Path(f"/proc/{pid}/cmdline")
        # The file outlives the node, and its number may be another process's by now.
        if pid is None or not line.exists() or str(self.folder).encode() not in line.read_bytes():
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    def remove(self) -> None:
        """End it at once with its port mapper and delete all its data."""
        self.kill()
        if self.folder.exists():
            environment = self._environment(_root(PACKAGES))
            subprocess.run(
                ["epmd", "-port", str(self.epmd_port), "-kill"],
                env=environment,
                check=False,
                capture_output=True,
            )
            shutil.rmtree(self.folder)

    @property
    def pid(self) -> int | None:
        """Process id of the node while it runs."""
        file = self.folder / "pid"
        return int(file.read_text()) if file.exists() and file.read_text().strip() else None

    def answers(self) -> bool:
        """True when the node serves its management API and is alive."""
        token = b64encode(f"{USER}:{self._password}".encode()).decode()
        address = f"http://127.0.0.1:{self.management_port}/api/health/checks/virtual-hosts"
        request = urllib.request.Request(address, headers={"Authorization": f"Basic {token}"})
        try:
            with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310 our own
                return int(answer.status) == 200  # noqa: PLR2004 HTTP
        except (urllib.error.URLError, OSError):
            return False

    def _prepare(self) -> None:
        for name in ("mnesia", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(secrets.token_hex(20))
            cookie.chmod(0o400)
        password = self.folder / "password"
        if not password.exists():
            password.write_text(secrets.token_hex(20))
            password.chmod(0o600)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        lines = [
            f"default_user = {USER}",
            f"default_pass = {self._password}",
            "vm_memory_high_watermark.relative = 0.2",
            "disk_free_limit.absolute = 200MB",
            "heartbeat = 30",
            "management.tcp.ip = 127.0.0.1",
            f"management.tcp.port = {self.management_port}",
            "management.rates_mode = none",
            "log.file.level = warning",
        ]
        config = self.folder / "rabbitmq.conf"
        config.write_text("\n".join(lines) + "\n")
        config.chmod(0o600)

    def _environment(self, root: Path) -> dict[str, str]:
        erlang = root / "usr/lib/erlang/bin"
        return {
            "PATH": f"{erlang}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"nmo{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "ERL_CRASH_DUMP": str(self.folder / "log" / "erl_crash.dump"),
            # No busy waiting: two cores are shared with everything else.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
        }

    @staticmethod
    def _control(root: Path, environment: dict[str, str], *arguments: str) -> None:
        program = root / "usr/lib/rabbitmq/bin/rabbitmqctl"
        subprocess.run(
            [str(program), "-q", *arguments], env=environment, check=False, capture_output=True, timeout=60
        )


@debian.one_at_a_time()
def _root(packages: Path) -> Path:
    """Root folder of an installation; fetched if there is none."""
    program = "usr/lib/rabbitmq/bin/rabbitmq-server"
    for root in (Path("/"), packages):
        if (root / program).exists():
            return root
    if os.getuid() == 0:
        debian.install(PACKAGE)
        return Path("/")
    debian.unpack(PACKAGE, packages)
    _move_erlang(packages)
    return packages


def _move_erlang(packages: Path) -> None:
    """Erlang's start scripts carry their root folder; let it be the unpacked one."""
    folder = packages / "usr/lib/erlang"
    for script in (*folder.glob("bin/*"), *folder.glob("erts-*/bin/erl"), *folder.glob("erts-*/bin/start")):
        text = script.read_bytes()
        if text.startswith(b"#!") and b"/usr/lib/erlang" in text:
            script.write_bytes(text.replace(b"/usr/lib/erlang", str(folder).encode()))
