"""Tables of grants, keyed by a number's blind index or by a person, of memberships they gave, and of requests."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class RoleGrant(Model, table=True):
    """Whoever proves this number has the role, given before they ever sign in; or this one person has it."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index("ix_role_grant_snils_index", "snils_index", postgresql_where=text("revoked_at is null")),
        Index("ix_role_grant_person_id", "person_id", postgresql_where=text("revoked_at is null")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    snils_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    """Exactly one of the two."""
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


class RoleRequest(Model, table=True):
    """A role that a person asks for; one open request for each role and organisation."""

    __tablename__ = "role_request"
    __table_args__ = (
        Index(
            "uq_role_request_open",
            "person_id",
            "role",
            "organization_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_role_request_state",
            "organization_id",
            "created_at",
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    role: str
    organization_id: UUID | None = None
    reason_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Their own words: who decides reads them, nobody else."""
    state: str = "pending"
    """`pending`, `granted`, `refused`, `withdrawn`."""
    created_at: datetime = utc_field()
    decided_at: datetime | None = utc_field(nullable=True)
    decided_by: UUID | None = None
    answer: str | None = None
    """Why it was refused, as the person is told."""
