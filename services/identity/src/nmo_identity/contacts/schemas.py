"""Requests and answers of contacts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from nmo_identity.contacts.rules import Kind


class Contact(BaseModel):
    """One contact as it is now."""

    value: str | None
    confirmed: bool


class EmailContact(Contact):
    """The address that letters go to."""

    bounced: bool
    """A mail server refused the address within the last 30 days: letters do not arrive."""


class PendingChange(BaseModel):
    """A change that waits for its code."""

    change_id: UUID
    kind: Kind
    value: str
    until: datetime


class Contacts(BaseModel):
    """All contacts of the person."""

    email: EmailContact
    phone: Contact
    postal: Contact
    pending: list[PendingChange]


class NewContact(BaseModel):
    """What it shall be."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    value: str = Field(max_length=400)


class BegunChange(BaseModel):
    """The change, and where its code went."""

    change_id: UUID
    sent_to: str
    """The contact the code was sent to, masked unless it is the new one itself."""


class GivenCode(BaseModel):
    """The code as it was typed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: str = Field(min_length=1, max_length=40)


class UndoChange(BaseModel):
    """The secret of the link in the letter."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: str = Field(min_length=20, max_length=200)


class Undone(BaseModel):
    """Which contact is as it was."""

    kind: Kind
    value_masked: str
