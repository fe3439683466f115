"""Question and answer of the match."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_kit.clock import CalendarDate
from nmo_kit.snils import Snils
from nmo_registry.lookup.rules import Field as NameOrDate
from nmo_registry.lookup.rules import FieldLevel, Purpose


class MatchRequest(BaseModel):
    """Data of a person, what ЕСИА says of them or what they typed, and what the comparison is for."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose
    snils: Snils
    last_name: str = Field(min_length=1, max_length=200)
    first_name: str = Field(max_length=200)
    patronymic: str | None = Field(max_length=200)
    birth_on: CalendarDate
    person_id: UUID | None = None
    """Account of the person, for the journal."""
    refresh: bool = False
    """Ask the register first even if the mirror holds the person («Обновить данные»)."""


class ComparedField(BaseModel):
    """One field: how it compares, and the register's value masked."""

    model_config = ConfigDict(from_attributes=True)

    field: NameOrDate
    result: FieldLevel
    reason: str
    """Code of why it is not equal: `case_or_letters`, `alphabet`, `joint`, `particle`, `slip`, `absent`, `former_name`,
    `different`; empty for equal."""
    register_masked: str | None


class MatchResponse(BaseModel):
    """The outcome; `fetched_at` is the age of what it rests on."""

    model_config = ConfigDict(from_attributes=True)

    outcome: Literal["exact", "equivalent", "weak", "conflict", "not_found"]
    specialist_id: UUID | None
    fields: list[ComparedField]
    register_version: str | None
    fetched_at: datetime | None


class KnownRequest(BaseModel):
    """Numbers of people whom the register did not know when they were compared."""

    model_config = ConfigDict(extra="forbid")

    snils: list[Snils] = Field(min_length=1, max_length=200)


class KnownResponse(BaseModel):
    """Those of the numbers that the mirror holds now, in the order they were asked."""

    known: list[Snils]
