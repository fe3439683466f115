"""Answers about the person, to the person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class MatchField(BaseModel):
    """One compared field: own value, the register's only masked."""

    field: str
    label: str
    result: str
    explanation: str | None
    """Why it is not simply equal, in Russian."""
    own: str | None
    register_masked: str | None


class Match(BaseModel):
    """The newest comparison with the register."""

    outcome: str
    fields: list[MatchField]
    matched_at: datetime
    reference: str
    register_version: str | None
    confirmed_by_person: bool


class ConsentState(BaseModel):
    """The consent in force."""

    granted: bool
    text_version: str
    granted_at: datetime


class MembershipItem(BaseModel):
    """A role, for an organisation or for the portal."""

    organization_id: UUID | None
    role: str


class Me(BaseModel):
    """The signed-in person."""

    person_id: UUID
    full_name: str
    short_name: str
    last_name: str
    first_name: str
    patronymic: str | None
    birth_on: date | None
    snils_masked: str | None
    snils: str | None
    email: str | None
    phone: str | None
    gender: str | None
    citizenship: str | None
    provider: str | None
    confirmed: bool
    entry: str
    restrictions: list[str]
    """Steps that this session owes: `must_change_password`, `must_confirm_contact`, `must_confirm_links`."""
    match: Match | None
    consent: ConsentState | None
    roles: list[str]
    memberships: list[MembershipItem]
    login_at: datetime | None
    previous_login_at: datetime | None
    specialist_id: UUID | None


class AnswerConsent(BaseModel):
    """Which version the person has read, and whether they agree with it."""

    model_config = ConfigDict(extra="forbid")

    text_version: str = Field(min_length=1, max_length=40)
    agreed: bool = True


class ConsentTextItem(BaseModel):
    """The text in force."""

    version: str
    title: str
    categories: list[dict[str, Any]]
    text: str
    hash: str


class ConsentAnswer(BaseModel):
    """One answer of the past."""

    kind: str
    text_version: str
    at: datetime


class Consents(BaseModel):
    """Text, state and history."""

    current_text: ConsentTextItem
    state: str
    history: list[ConsentAnswer]
