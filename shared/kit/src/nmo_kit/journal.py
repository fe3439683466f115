"""Append-only journal row in the same transaction as the change (ADR 0010; AUD-01)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from nmo_kit import context
from nmo_kit.db import Database, WriteSession
from nmo_kit.ids import uuid7
from nmo_kit.principal import Principal

JOURNAL_DDL = (
    """
    create table journal (
        id uuid not null,
        at timestamptz not null default app_now(),
        tx xid8 not null default pg_current_xact_id(),
        actor text not null,
        actor_roles text[] not null default '{}',
        organization_id uuid,
        person_id uuid,
        action text not null,
        object text not null,
        result text not null,
        reason text,
        fields text[] not null default '{}',
        purpose text,
        ip_prefix text not null default '',
        trace_id text not null default '',
        primary key (at, id)
    ) partition by range (at)
    """,
    "create table journal_default partition of journal default",
    "select kit_ensure_partitions('journal', 'at', 3)",
    "create index ix_journal_person_id_at on journal (person_id, at desc, id desc)",
    "create index ix_journal_object on journal (object, at desc)",
    """
    create function journal_is_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'the journal is append-only' using errcode = '42501'; end $$
    """,
    """
    create trigger journal_append_only before update or delete on journal
    for each row execute function journal_is_append_only()
    """,
    """
    create trigger journal_no_truncate before truncate on journal
    for each statement execute function journal_is_append_only()
    """,
)

_COLUMNS = (
    "id", "actor", "actor_roles", "organization_id", "person_id", "action", "object",
    "result", "reason", "fields", "purpose", "ip_prefix", "trace_id",
)  # fmt: skip
_INTO = f"insert into journal ({', '.join(_COLUMNS)}) values"
_INSERT = text(f"{_INTO} ({', '.join(f':{name}' for name in _COLUMNS)})")
_INSERT_ALONE = f"{_INTO} ({', '.join(f'${place}' for place, _ in enumerate(_COLUMNS, 1))})"


async def record(
    session: WriteSession | Database,
    *,
    actor: Principal | str,
    action: str,
    object_: str,
    person_id: UUID | None,
    result: str = "ok",
    reason: str | None = None,
    fields: Sequence[str] = (),
    purpose: str | None = None,
) -> UUID:
    """Write one row: who did what to which object, about whom, with what result.

    `actor` is the caller, or the name of a background part (`worker.sync`). `fields` are names, never values.
    The row commits or fails with the change it tells of; where nothing changes, a database is given and the row
    commits by itself in one round trip. Returns the row's id.
    """
    row = _row(actor, action, object_, person_id, fields, purpose) | {"result": result, "reason": reason}
    if isinstance(session, Database):
        await session.write_alone(_INSERT_ALONE, [row[name] for name in _COLUMNS])
    else:
        await session.execute(_INSERT, row)
    found: UUID = row["id"]
    return found


async def record_each(
    session: WriteSession,
    people: Iterable[UUID],
    *,
    actor: Principal | str,
    action: str,
    fields: Sequence[str],
    purpose: str,
) -> None:
    """Write one row for each of the people whom one look at a list showed, in one round trip; otherwise as `record`."""
    rows = [_row(actor, action, f"person/{one}", one, fields, purpose) for one in people]
    if rows:
        await session.execute(_INSERT, rows)


def _row(
    actor: Principal | str,
    action: str,
    object_: str,
    person_id: UUID | None,
    fields: Sequence[str],
    purpose: str | None,
) -> dict[str, Any]:
    principal = actor if isinstance(actor, Principal) else None
    return {
        "id": uuid7(),
        "actor": principal.sub if principal else actor,
        "actor_roles": sorted(principal.roles) if principal else [],
        "organization_id": principal.organization_id if principal else None,
        "person_id": person_id,
        "action": action,
        "object": object_,
        "result": "ok",
        "reason": None,
        "fields": list(fields),
        "purpose": purpose,
        "ip_prefix": context.ip_prefix.get(),
        "trace_id": context.trace_id(),
    }
