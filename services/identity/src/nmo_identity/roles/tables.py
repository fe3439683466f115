"""Tables of grants, keyed by the number's blind index, and of memberships they gave."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class RoleGrant(Model, table=True):
    """Whoever proves this number has the role; given before the person ever signs in."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index("ix_role_grant_snils_index", "snils_index", postgresql_where=text("revoked_at is null")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    snils_index: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    role: str
    organization_id: UUID | None = None
    granted_by: str
    granted_at: datetime = utc_field()
    revoked_at: datetime | None = utc_field(nullable=True)


class Membership(Model, table=True):
    """A role that a person holds, for an organisation or for the portal (`organization_id` null)."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_live",
            "person_id",
            "role",
            "organization_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    grant_id: UUID = Field(foreign_key="role_grant.id")
    role: str
    organization_id: UUID | None = None
    granted_at: datetime = utc_field()
    revoked_at: datetime | None = utc_field(nullable=True)
