"""Faults in files, queues and logs, and personal data where it must not be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.chaos.checker.planted.scene import Fault, in_files, in_log, in_queue, in_row
from tests.leaks.canaries import Kind


def _first(store: Path) -> Path:
    return min(store.rglob("*.pdf"))


def _altered(store: Path) -> str:
    file = _first(store)
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    return f"at {file.relative_to(store)} has bytes of another digest"


def _missing(store: Path) -> str:
    file = _first(store)
    file.unlink()
    return f"at {file.relative_to(store)} has no file"


def _orphan(store: Path) -> str:
    file = _first(store)
    file.with_name("orphan.pdf").write_bytes(file.read_bytes())
    return f"{file.parent.name}/orphan.pdf belongs to no document"


_TELLING_EVENT: Final = (
    "insert into outbox (event_id, event_key, key_version, routing_key, body, published_at)"
    " values (gen_random_uuid(), 'planted', 1, 'cycles.planted.told.v1', convert_to('{}', 'UTF8'), now())"
    " returning event_id"
)
_TELLING_JOURNAL: Final = (
    "insert into journal (id, actor, action, object, result, reason)"
    " values (gen_random_uuid(), 'planted', 'planted', 'planted', 'ok', '{}') returning id"
)
OUTSIDE: Final[Sequence[Fault]] = (
    Fault("I1", "a message lies in a parking queue", in_queue("applications.parking")),
    Fault("I1", "a message waits to be tried again", in_queue("cycles.retry.10m")),
    Fault("I9", "a document's file is altered", in_files(_altered)),
    Fault("I9", "a document's file is missing", in_files(_missing)),
    Fault("I9", "a file belongs to no document", in_files(_orphan)),
    Fault("I11", "a СНИЛС in a log line", in_log(Kind.SNILS)),
    Fault("I11", "a session cookie in a log line", in_log(Kind.COOKIE)),
    Fault(
        "I11",
        "a phone number in an event",
        in_row("cycles", _TELLING_EVENT, Kind.PHONE, "event: cycles.outbox.body"),
    ),
    Fault(
        "I11",
        "an e-mail address in a foreign journal",
        in_row("catalog", _TELLING_JOURNAL, Kind.EMAIL, "database: catalog.journal.reason"),
    ),
)
