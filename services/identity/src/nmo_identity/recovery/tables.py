"""Table of recoveries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class RecoveryFlow(Model, table=True):
    """One attempt to set a new password; whoever asks holds a handle, its hash is kept. Not every one has an account."""

    __tablename__ = "recovery_flow"
    __table_args__ = (
        Index(
            "ix_recovery_flow_unprepared",
            "created_at",
            postgresql_where=text("prepared_at is null and ended_at is null"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    number: str = Field(unique=True)
    """What people quote to support."""
    handle_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    channel: str
    contact_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    account_id: UUID | None = Field(default=None, foreign_key="account.id", index=True)
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    prepared_at: datetime | None = utc_field(nullable=True)
    """When the account was looked for and the letter was owed; empty again when another letter is asked for."""
    proved_at: datetime | None = utc_field(nullable=True)
    ended_at: datetime | None = utc_field(nullable=True)
