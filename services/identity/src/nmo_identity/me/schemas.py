"""Answers about the person, to the person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel


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
    purposes: list[str]
    """Purposes that the person's consents are in force for."""
    roles: list[str]
    memberships: list[MembershipItem]
    login_at: datetime | None
    previous_login_at: datetime | None
    specialist_id: UUID | None
