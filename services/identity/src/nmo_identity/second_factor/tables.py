"""Tables of the second step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class SecondFactor(Model, table=True):
    """One way of the second step of one account; in force once confirmed by a code."""

    __tablename__ = "second_factor"
    __table_args__ = (UniqueConstraint("account_id", "kind"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id")
    kind: str
    """`totp` or `sms`."""
    secret_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    last_step: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """Time step of the newest code used: neither it nor an earlier one is taken again."""
    flow: UUID | None = None
    """The flow that codes of text messages are bound to now."""
    created_at: datetime = utc_field()
    confirmed_at: datetime | None = utc_field(nullable=True)


class RecoveryCode(Model, table=True):
    """One of ten codes for a lost phone; a keyed digest is kept, each works once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "digest"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id")
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = utc_field()
    used_at: datetime | None = utc_field(nullable=True)


class PendingSignIn(Model, table=True):
    """A sign-in whose password was right and whose second step is owed; the gateway keeps the handle."""

    __tablename__ = "pending_sign_in"

    handle_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    account_id: UUID = Field(foreign_key="account.id", index=True)
    person_id: UUID = Field(foreign_key="person.id")
    restrictions: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    consumed_at: datetime | None = utc_field(nullable=True)
