"""Tables of match results, of people's own confirmations, of matches still owed, watched and counted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class MatchResult(Model, table=True):
    """Append-only: one comparison. Fields hold levels and masked register values, never the values themselves."""

    __tablename__ = "match_result"
    __table_args__ = (
        Index("ix_match_result_person_id_matched_at", "person_id", "matched_at"),
        Index(
            "ix_match_result_specialist_id",
            "specialist_id",
            postgresql_where=text("shown and specialist_id is not null"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    outcome: str
    specialist_id: UUID | None = None
    fields: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    register_version: str | None = None
    register_fetched_at: datetime | None = utc_field(nullable=True)
    matched_at: datetime = utc_field()
    reference: str
    """Code people quote to support."""
    shown: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """False: made for somebody who has not proven the number; its outcome decides and tells nothing (security T6)."""


class MatchConfirmation(Model, table=True):
    """The person said that the register's record is theirs, seeing these differences."""

    __tablename__ = "match_confirmation"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    match_id: UUID = Field(foreign_key="match_result.id")
    specialist_id: UUID
    differing: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    confirmed_at: datetime = utc_field()


class MatchTask(Model, table=True):
    """A match owed to the person because the register did not answer."""

    __tablename__ = "match_task"

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    requested_at: datetime = utc_field()
    next_attempt_at: datetime = utc_field(index=True)
    attempts: int = 0


class MatchQuota(Model, table=True):
    """How many times a person, or whoever uses a number, had the register asked on one day of Moscow (P11)."""

    __tablename__ = "match_quota"

    subject: str = Field(primary_key=True)
    """`person/<id>`, or `snils/<blind index>`."""
    day: date = Field(primary_key=True)
    tries: int


class MatchWatch(Model, table=True):
    """A person whom the register did not let in: a correction there is looked for without their asking (MAT-04)."""

    __tablename__ = "match_watch"
    __table_args__ = (
        Index(
            "ix_match_watch_specialist_id",
            "specialist_id",
            postgresql_where=text("specialist_id is not null"),
        ),
        Index("ix_match_watch_next_look_at", "next_look_at", postgresql_where=text("outcome = 'not_found'")),
    )

    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    specialist_id: UUID | None = None
    """The record they were compared with; events about it are heard. None: there was no record."""
    outcome: str
    since: datetime = utc_field()
    next_look_at: datetime = utc_field()
