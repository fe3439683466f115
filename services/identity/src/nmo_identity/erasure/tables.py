"""Tables of erasure orders and of the parties' answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class ErasureOrder(Model, table=True):
    """One destruction: `due`, then `cancelled` by a new consent, or `running` and `done` with its act."""

    __tablename__ = "erasure_order"
    __table_args__ = (
        CheckConstraint("state in ('due', 'cancelled', 'running', 'done')", name="ck_erasure_order_state"),
        CheckConstraint("(state = 'done') = (act is not null)", name="ck_erasure_order_act"),
        Index(
            "uq_erasure_order_open",
            "person_id",
            unique=True,
            postgresql_where=text("state in ('due', 'running')"),
        ),
        Index("ix_erasure_order_due_at", "due_at", postgresql_where=text("state = 'due'")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    pseudonym: UUID
    """The subject as consent receipts and the act name them."""
    reason: str
    state: str = "due"
    ordered_at: datetime = utc_field()
    due_at: datetime = utc_field()
    begun_at: datetime | None = utc_field(nullable=True, default=None)
    ended_at: datetime | None = utc_field(nullable=True, default=None)
    number: int | None = Field(default=None, unique=True)
    act: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    """The act with its extract of the journal."""
    signed: str | None = None
    """The same signed by identity's key (JWS, compact)."""
    keep_until: datetime | None = utc_field(nullable=True, default=None)


class ErasureAnswer(Model, table=True):
    """What one party destroyed and kept."""

    __tablename__ = "erasure_answer"

    order_id: UUID = Field(primary_key=True, foreign_key="erasure_order.id")
    service: str = Field(primary_key=True)
    destroyed: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    kept: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = utc_field()
