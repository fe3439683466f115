"""Tables of registrations: applications for an account, invitations by mail, proofs of work already used."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class Registration(Model, table=True):
    """What somebody typed who wants an account. It reserves nothing and is gone after 72 hours without confirmation."""

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_received", "received_at", postgresql_where=text("state = 'received'")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    state: str = "received"
    """`received` until the worker has written; `mailed`, or `known` when the address has an account already; then
    `opened` once the account exists."""
    email_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    snils_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    data_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Everything typed, as JSON."""
    link_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True, unique=True))
    link_used_at: datetime | None = utc_field(nullable=True)
    secret_index: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary, nullable=True, unique=True)
    )
    """Keyed digest of address and temporary password."""
    secret_used_at: datetime | None = utc_field(nullable=True)
    account_id: UUID | None = Field(default=None, foreign_key="account.id", index=True)
    received_at: datetime = utc_field()
    secret_expires_at: datetime | None = utc_field(nullable=True)
    expires_at: datetime = utc_field(index=True)


class Invitation(Model, table=True):
    """A link by mail that stands in for the proof of work where scripts are off."""

    __tablename__ = "registration_invitation"

    link_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    email_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    email_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    used_at: datetime | None = utc_field(nullable=True)


class UsedProof(Model, table=True):
    """A proof of work that was accepted: it is accepted once."""

    __tablename__ = "used_proof"

    nonce: str = Field(primary_key=True)
    expires_at: datetime = utc_field(index=True)
