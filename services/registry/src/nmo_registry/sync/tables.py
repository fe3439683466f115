"""How far the mirror has followed the register."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_registry.base import Model


class SyncState(Model, table=True):
    """One row per source: the cursor moves in the transaction of what was read up to it."""

    __tablename__ = "sync_state"

    source: str = Field(sa_type=Text, primary_key=True)
    cursor: str = Field(sa_type=Text)
    remaining: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    """Feed entries still to read, as the register last said; None before the first page."""
    applied_total: int = Field(sa_column=Column(BigInteger, nullable=False))
    failures: int
    """Failed passes in a row."""
    last_success_at: datetime | None = utc_field(nullable=True)
    """When the mirror was last known to equal the register."""
    last_error: str | None = Field(sa_type=Text)
    last_error_at: datetime | None = utc_field(nullable=True)
    next_attempt_at: datetime | None = utc_field(nullable=True)


class SyncRun(Model, table=True):
    """A pass that read at least one entry, with its progress."""

    __tablename__ = "sync_run"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    source: str = Field(sa_type=Text)
    started_at: datetime = utc_field()
    finished_at: datetime | None = utc_field(nullable=True)
    from_cursor: str = Field(sa_type=Text)
    to_cursor: str = Field(sa_type=Text)
    seen: int
    applied: int
    removed: int
    quarantined: int


class SyncQuarantine(Model, table=True):
    """A card that could not be read or written; it is asked for again later, and the feed goes on without it."""

    __tablename__ = "sync_quarantine"

    register_oid: str = Field(sa_type=Text, primary_key=True)
    reason: str = Field(sa_type=Text)
    attempts: int
    first_seen_at: datetime = utc_field()
    next_attempt_at: datetime = utc_field(index=True)


class Reconciliation(Model, table=True):
    """A comparison of the whole mirror with the register's dump; its place moves with what was written up to it."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        CheckConstraint("phase in ('reading', 'removing', 'done', 'stopped')", name="phase"),
        Index(
            "uq_reconciliation_running",
            "source",
            unique=True,
            postgresql_where=text("phase in ('reading', 'removing')"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    source: str = Field(sa_type=Text)
    dump_id: str = Field(sa_type=Text)
    feed_cursor: str = Field(sa_type=Text)
    """Where the change feed stood at the dump."""
    feed_read_to: str = Field(default="", sa_type=Text)
    """Up to where the feed was looked through for people who changed after the dump; empty: not beyond `feed_cursor`."""
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Cards in the dump, as the register said."""
    place: str = Field(sa_type=Text)
    """Number of the last card that was taken in order; empty at the beginning."""
    taken: int = Field(sa_column=Column(BigInteger, nullable=False))
    appeared: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed: int = Field(sa_column=Column(BigInteger, nullable=False))
    removed: int = Field(sa_column=Column(BigInteger, nullable=False))
    unreadable: int = Field(sa_column=Column(BigInteger, nullable=False))
    phase: str = Field(sa_type=Text)
    stopped_because: str | None = Field(sa_type=Text)
    started_at: datetime = utc_field(index=True)
    updated_at: datetime = utc_field()
    finished_at: datetime | None = utc_field(nullable=True)


class ReconciliationOrder(Model, table=True):
    """A comparison that an administrator asked for. It is open until one has ended since."""

    __tablename__ = "reconciliation_order"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    source: str = Field(sa_type=Text)
    ordered_by: str = Field(sa_type=Text)
    ordered_at: datetime = utc_field(index=True)
    allow_removals: bool
    reason: str = Field(sa_type=Text)


class ReconciliationMissing(Model, table=True):
    """A person for whom the dump does not decide: the register itself is asked for each before the comparison ends."""

    __tablename__ = "reconciliation_missing"

    register_oid: str = Field(sa_type=Text, primary_key=True)
    doubtful: bool = False
    """The dump may be older than what the mirror holds; else the mirror holds them and the dump has not named them."""


class ReconciliationLine(Model, table=True):
    """A line of a dump that is no card and names nobody; kept until a comparison ends that does not have it."""

    __tablename__ = "reconciliation_line"

    reconciliation_id: UUID = Field(primary_key=True)
    after_oid: str = Field(sa_type=Text, primary_key=True)
    """Number of the last line before it that had one; empty at the beginning."""
    position: int = Field(primary_key=True)
    """The how manieth after that line."""
    dump_id: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    noted_at: datetime = utc_field()
