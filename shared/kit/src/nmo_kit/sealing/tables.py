"""DDL of the chain beside the journal, and of the copies that one service keeps of another's checkpoints."""

from __future__ import annotations

SEAL_DDL: tuple[str, ...] = (
    "create index ix_journal_tx_id on journal (tx, id)",
    # Beside the journal and not in it: its rows are never touched again.
    """
    create table journal_link (
        position bigint not null constraint pk_journal_link primary key,
        at timestamptz not null,
        id uuid not null,
        tx xid8 not null,
        hash bytea not null
    )
    """,
    """
    create table journal_checkpoint (
        number bigint not null constraint pk_journal_checkpoint primary key,
        position bigint not null,
        sealed_at timestamptz not null,
        token text not null
    )
    """,
    """
    create table journal_witness (
        service text not null,
        number bigint not null,
        token text not null,
        received_at timestamptz not null default app_now(),
        constraint pk_journal_witness primary key (service, number)
    )
    """,
    *(
        f"create trigger {table}_{what} before {events} on {table} for each {each}"
        " execute function journal_is_append_only()"
        for table in ("journal_link", "journal_checkpoint", "journal_witness")
        for what, events, each in (
            ("append_only", "update or delete", "row"),
            ("no_truncate", "truncate", "statement"),
        )
    ),
)
"""`journal_link` chains the rows, `journal_checkpoint` signs where the chain stood, `journal_witness` is others'."""

DROP_SEAL_DDL: tuple[str, ...] = (
    "drop table journal_witness, journal_checkpoint, journal_link",
    "drop index ix_journal_tx_id",
)
"""The way back, for a migration's downgrade."""
