"""Where a check finds everything: databases, broker, files, logs, history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nmo_local import system
from nmo_local.infra import Infra
from nmo_local.paths import LOCAL, LOGS
from tests.leaks.canaries import Canaries

HISTORY = "history.jsonl"


@dataclass(frozen=True)
class Evidence:
    """One system and what its clients wrote down.

    Attributes:
        databases: address of each database, by service (the gateway's too).
        broker_admin_url: the broker's management API with credentials.
        history: file of JSON lines (`tests.chaos.checker.history`).
        files_dir: folder of the applications' documents.
        logs_dir: folder of the processes' logs.
        mailbox_url: the mailbox stand-in.
        canaries: what was planted to be found nowhere (`tests.leaks`).
        process_urls: address of each process, by name (its `/metrics` is read).
        vhost: where the services' queues are.
    """

    databases: Mapping[str, str] = field(repr=False)
    broker_admin_url: str = field(repr=False)
    history: Path
    files_dir: Path
    logs_dir: Path
    mailbox_url: str
    canaries: Canaries | None = field(default=None, repr=False)
    process_urls: Mapping[str, str] | None = None
    vhost: str = "core"

    @classmethod
    def of_local_system(cls, infra: Infra, folder: Path, canaries: Canaries | None = None) -> Evidence:
        """The system of `nmo_local` (its folder and ports), and the history in an evidence folder."""
        return cls(
            databases={name: system.database_url(infra, name) for name in system.WITH_DATABASE},
            broker_admin_url=infra.amqp_admin_url,
            history=folder / HISTORY,
            files_dir=LOCAL / "files" / "applications",
            logs_dir=LOGS,
            mailbox_url=system.url("mailbox"),
            canaries=canaries,
            process_urls={name: system.url(name) for name in system.WITH_DATABASE},
        )
