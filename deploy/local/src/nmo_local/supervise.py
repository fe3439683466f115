"""The processes of the system under supervisord: started, restarted when they fall, stopped together."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy, Transport

import orjson

from nmo_local.paths import ENV, LOCAL, LOGS

SOCKET = LOCAL / "supervisor.sock"
CONFIG = LOCAL / "supervisord.conf"
STOP_WAIT_S = 25
_NO_WAIT = False


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its name, how it is started, what it is told, where it says it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str


class _UnixTransport(Transport):
    """XML-RPC over supervisord's socket."""

    def make_connection(self, host: Any) -> HTTPConnection:  # noqa: ARG002 the interface has it
        return _UnixConnection("localhost")


class _UnixConnection(HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(_socket_path())


def _socket_path() -> str:
    """A socket's path may have 107 characters; a deep checkout gets a short name elsewhere."""
    path = str(SOCKET)
    if len(path) < 100:  # noqa: PLR2004 sockaddr_un
        return path
    return str(Path(tempfile.gettempdir()) / f"nmo-{hashlib.sha256(path.encode()).hexdigest()[:16]}.sock")


def server() -> Any:
    """Supervisord's own interface, or None when it does not run."""
    proxy = ServerProxy("http://localhost", transport=_UnixTransport())
    try:
        proxy.supervisor.getState()
    except (OSError, Fault):
        return None
    return proxy.supervisor


def start(programs: Sequence[Program]) -> None:
    """Run exactly these programs; those with changed settings are restarted."""
    _write(programs)
    if server() is None:
        Path(_socket_path()).unlink(missing_ok=True)
        # A daemon must not hold our output open: whoever reads it through a pipe would wait for ever.
        subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(CONFIG)],
            check=True,
            cwd=LOCAL,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 15
        while server() is None:
            if time.monotonic() > deadline:
                msg = f"supervisord did not start, see {LOCAL / 'supervisord.log'}"
                raise SystemExit(msg)
            time.sleep(0.1)
    proxy = server()
    added, changed, removed = proxy.reloadConfig()[0]
    for group in (*removed, *changed):
        proxy.stopProcessGroup(group)
        proxy.removeProcessGroup(group)
    for group in (*changed, *added):
        proxy.addProcessGroup(group)
    for info in proxy.getAllProcessInfo():
        if info["statename"] not in {"RUNNING", "STARTING"}:
            proxy.startProcess(info["name"], _NO_WAIT)


def restart(name: str) -> None:
    """Stop and start one program."""
    proxy = server()
    proxy.stopProcess(name)
    proxy.startProcess(name, _NO_WAIT)


def stop() -> None:
    """Stop all programs, then supervisord itself."""
    proxy = server()
    if proxy is None:
        return
    proxy.stopAllProcesses()
    proxy.shutdown()
    deadline = time.monotonic() + STOP_WAIT_S
    while server() is not None and time.monotonic() < deadline:
        time.sleep(0.1)


def states() -> list[dict[str, Any]]:
    """Name, state, pid and uptime of each program; empty when nothing runs."""
    proxy = server()
    return [] if proxy is None else list(proxy.getAllProcessInfo())


def log_file(name: str) -> Path:
    """Where a program's output goes."""
    return LOGS / f"{name}.log"


def tail(name: str, lines: int = 20) -> str:
    """Last lines of a program's output."""
    file = log_file(name)
    if not file.exists():
        return "(no output)"
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])


def environment_file(program: Program) -> Path:
    """Write what a program is told; only its owner may read it."""
    ENV.mkdir(parents=True, exist_ok=True)
    file = ENV / f"{program.name}.json"
    file.touch(mode=0o600)
    file.write_bytes(
        orjson.dumps(dict(program.environment), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    )
    return file


def _write(programs: Sequence[Program]) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    sections = [
        "[unix_http_server]",
        f"file={_socket_path()}",
        "chmod=0600",
        "[supervisord]",
        f"logfile={LOCAL / 'supervisord.log'}",
        f"pidfile={LOCAL / 'supervisord.pid'}",
        f"childlogdir={LOGS}",
        "silent=true",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for program in programs:
        launcher = [
            sys.executable,
            "-m",
            "nmo_local.launch",
            str(environment_file(program)),
            *program.command,
        ]
        sections += [
            f"[program:{program.name}]",
            f"command={' '.join(launcher)}",
            # The digest makes supervisord restart a program whose settings changed.
            f'environment=NMO_LOCAL_DIGEST="{_digest(program)}"',
            "autostart=false",
            "autorestart=true",
            "startretries=1000000",
            "startsecs=1",
            f"stopwaitsecs={STOP_WAIT_S}",
            "stopsignal=TERM",
            "redirect_stderr=true",
            f"stdout_logfile={log_file(program.name)}",
            "stdout_logfile_maxbytes=20MB",
            "stdout_logfile_backups=1",
        ]
    CONFIG.write_text("\n".join(sections).replace("%", "%%") + "\n")


def _digest(program: Program) -> str:
    return hashlib.sha256(orjson.dumps(dict(program.environment), option=orjson.OPT_SORT_KEYS)).hexdigest()[
        :16
    ]
