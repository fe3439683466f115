"""Tables of passwords: the hash in force, and the former ones that must not come back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class LocalCredential(Model, table=True):
    """What a local account signs in with. The e-mail address is found by its blind index."""

    __tablename__ = "local_credential"
    __table_args__ = (
        Index("ix_local_credential_email_index", "email_index"),
        Index(
            "uq_local_credential_verified",
            "email_index",
            unique=True,
            postgresql_where=text("verified_at is not null"),
        ),
    )

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    email_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    verified_at: datetime | None = utc_field(nullable=True)
    """When the address was confirmed; unique among confirmed ones, an unconfirmed address reserves nothing."""
    password_hash: str | None = None
    """None until the first own password is set."""
    pepper_id: str | None = None
    set_at: datetime | None = utc_field(nullable=True)
    noticed_days: int | None = None
    """Days before the end of the password's term that the last letter told of."""
    created_at: datetime = utc_field()


class FormerPassword(Model, table=True):
    """A password that was in force before; the last ones are refused."""

    __tablename__ = "former_password"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    password_hash: str
    pepper_id: str
    retired_at: datetime = utc_field()
