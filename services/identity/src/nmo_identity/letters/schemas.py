"""Requests and answers of letters."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.letters.rules import Channel, Outcome


class TakenLetter(BaseModel):
    """A letter's content, for the moment of sending."""

    model_config = ConfigDict(from_attributes=True)

    letter_id: UUID
    kind: str
    channel: Channel
    to: str
    params: dict[str, str]
    name: str | None


class SettleLetter(BaseModel):
    """What became of it."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome


class Bounce(BaseModel):
    """An address that takes no letters, and whose it was."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    person_id: UUID
    address: str = Field(min_length=3, max_length=320)
