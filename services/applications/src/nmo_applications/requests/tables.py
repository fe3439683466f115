"""Requests, their messages and moves, deadlines as data, proposals to change data. What people write is sealed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, Enum, Index, LargeBinary, Text, text
from sqlmodel import Field

from nmo_applications.base import Model
from nmo_applications.requests.rules import Action, Kind, Status
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7

CODE_LENGTH = 30


def _codes(kind: type[StrEnum], *, nullable: bool = False) -> Column[StrEnum]:
    """Column of a code kept as its text, read back as the enumeration."""
    codes = Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=CODE_LENGTH,
        values_callable=lambda values: [*values],
    )
    return Column(codes, nullable=nullable)


class SupportNumber(Model, table=True):
    """Last number given out in a year; its row lock makes numbers unique and in order."""

    __tablename__ = "support_number"

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last: int


class SupportDeadline(Model, table=True):
    """How many hours support has at a stage: `first`, `documents`, `correction`."""

    __tablename__ = "support_deadline"

    stage: str = Field(primary_key=True, sa_type=Text)
    hours: int


class SupportRequest(Model, table=True):
    """One request, of a person or of a guest who holds its key."""

    __tablename__ = "support_request"
    __table_args__ = (
        Index("ix_support_request_person_id_id", "person_id", "id"),
        Index("ix_support_request_queue", "due_at", "id", postgresql_where=text("closed_at is null")),
        Index(
            "uq_support_request_open_kind",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text(
                "closed_at is null and kind in ('mismatch', 'verification', 'data_change')"
            ),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    number: str = Field(sa_type=Text, unique=True)
    kind: Kind = Field(sa_column=_codes(Kind))
    status: Status = Field(default=Status.NEW, sa_column=_codes(Status))
    person_id: UUID | None = None
    guest_key_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, unique=True))
    contact_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """How a guest wants to be reached."""
    topic_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    reference: str | None = Field(default=None, sa_type=Text)
    """Code of an error page or of a comparison."""
    happened_at: datetime | None = utc_field(nullable=True, default=None)
    level: int = 1
    """Line of support; escalation raises it."""
    taken_by: UUID | None = None
    taken_at: datetime | None = utc_field(nullable=True, default=None)
    asked_documents: bool = False
    result: str | None = Field(default=None, max_length=CODE_LENGTH)
    due_at: datetime = utc_field()
    version: int = 1
    created_at: datetime = utc_field()
    updated_at: datetime = utc_field()
    closed_at: datetime | None = utc_field(nullable=True, default=None)


class SupportMessage(Model, table=True):
    """One line of the thread."""

    __tablename__ = "support_message"
    __table_args__ = (Index("ix_support_message_request_id_id", "request_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    request_id: UUID = Field(foreign_key="support_request.id")
    at: datetime = utc_field()
    author: str = Field(max_length=CODE_LENGTH)
    """`person`, `support` or `system`."""
    author_id: str = Field(sa_type=Text)
    text_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SupportMove(Model, table=True):
    """One line of the history: who moved it, in which capacity, when."""

    __tablename__ = "support_move"
    __table_args__ = (Index("ix_support_move_request_id_id", "request_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    request_id: UUID = Field(foreign_key="support_request.id")
    at: datetime = utc_field()
    action: Action = Field(sa_column=_codes(Action))
    from_status: Status | None = Field(default=None, sa_column=_codes(Status, nullable=True))
    to_status: Status = Field(sa_column=_codes(Status))
    actor: str = Field(sa_type=Text)
    actor_role: str = Field(max_length=CODE_LENGTH)


class SupportChange(Model, table=True):
    """What a person asks to be changed, what one employee proposed, who decided."""

    __tablename__ = "support_change"

    request_id: UUID = Field(foreign_key="support_request.id", primary_key=True)
    asked_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    proposed_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    proposed_by: UUID | None = None
    proposed_at: datetime | None = utc_field(nullable=True, default=None)
    decided_by: UUID | None = None
    decided_at: datetime | None = utc_field(nullable=True, default=None)
