"""Requests and answers about consents."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.consents.rules import PURPOSE, Purpose


class AnswerConsent(BaseModel):
    """Which version the person has read, of which purpose, and whether they agree with it."""

    model_config = ConfigDict(extra="forbid")

    text_version: str = Field(min_length=1, max_length=40)
    agreed: bool = True
    purpose: Purpose = PURPOSE


class ConsentTextItem(BaseModel):
    """The text in force of one purpose."""

    version: str
    title: str
    categories: list[dict[str, Any]]
    text: str
    hash: str
    summary: str
    needed_for: str
    recipients: list[str]
    actions: str
    retention: str
    consequences: list[str]
    """What follows a withdrawal, sentence by sentence."""


class ConsentAnswer(BaseModel):
    """One answer of the past."""

    kind: str
    purpose: str
    text_version: str
    at: datetime


class PurposeItem(BaseModel):
    """Where the person stands with one purpose."""

    purpose: str
    main: bool
    state: str
    answered_at: datetime | None
    answered_version: str | None
    record_id: UUID | None
    """The newest record, for its receipt."""
    text: ConsentTextItem


class AwaitedErasure(BaseModel):
    """The destruction of the person's data that follows a withdrawal."""

    state: str
    due_at: datetime


class Consents(BaseModel):
    """The main text and its state, all answers, and each purpose."""

    current_text: ConsentTextItem
    state: str
    history: list[ConsentAnswer]
    purposes: list[PurposeItem]
    erasure: AwaitedErasure | None


class Receipt(BaseModel):
    """A receipt in words, and the same signed by the portal (JWS, compact)."""

    receipt: dict[str, Any]
    signed: str
