"""Tables of persons, their accounts at providers, and proofs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class Person(Model, table=True):
    """A person as last proven. СНИЛС and birth date are sealed; the number is found by its blind index."""

    __tablename__ = "person"
    __table_args__ = (
        # One holder of a number: a stronger proof takes it, an equal one is refused (security 2.2).
        Index(
            "uq_person_snils_index",
            "snils_index",
            unique=True,
            postgresql_where=text("holds_snils and snils_index is not null"),
        ),
        Index("ix_person_version_at", "version_at", postgresql_where=text("version_at is not null")),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    last_name: str
    first_name: str
    patronymic: str | None = None
    gender: str | None = None
    citizenship: str | None = None
    region_code: str | None = None
    """Where the person lives, by the reference book of regions."""
    birth_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    snils_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    snils_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    snils_level: int = 0
    """0 none, 1 self-typed, 2 matched in the register, 3 proven by ЕСИА."""
    holds_snils: bool = False
    email: str | None = None
    email_verified: bool = False
    phone: str | None = None
    phone_verified: bool = False
    email_own: bool = False
    """Confirmed at the portal itself: a provider's other address does not replace it."""
    phone_own: bool = False
    confirmed: bool = False
    """The account at the provider is a confirmed one, as of the last sign-in."""
    version: int = 0
    """Grows with every event about the person; also `authz_ver` of tokens."""
    version_at: datetime | None = utc_field(nullable=True)
    """When it last grew, kept by the database: tokens with a lower one are refused from then on."""
    created_at: datetime = utc_field()
    updated_at: datetime = utc_field()


class Account(Model, table=True):
    """A way in: one subject of one issuer."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    provider_key: str
    issuer: str
    subject: str
    state: str = "active"
    """`unverified`, `active`, `frozen` or `closed`; the ways between them are in `rules.state_after`."""
    level: int = 0
    """How strongly the last sign-in proved the person; a weaker way in never overwrites what a stronger one proved."""
    frozen_reason: str | None = None
    """`stronger_proof`, `risk` or `support` while frozen."""
    frozen_from: str | None = None
    """The state before; a thaw leads back to it."""
    frozen_at: datetime | None = utc_field(nullable=True)
    closed_at: datetime | None = utc_field(nullable=True)
    duties: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))
    )
    """Steps that every session of this way in owes until one has done them (`must_confirm_links` after recovery)."""
    linked_at: datetime | None = utc_field(nullable=True)
    """When the person tied this way in to another one of theirs; empty for the first."""
    created_at: datetime = utc_field()
    last_login_at: datetime = utc_field()


class Proof(Model, table=True):
    """Append-only: what was proven, by whom, when. Values are not repeated here."""

    __tablename__ = "proof"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    account_id: UUID
    kind: str
    """`snils`, `name`, `birth_date`, `email`, `phone`, `confirmed_account`."""
    level: int
    issuer: str
    value_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    proved_at: datetime = utc_field()
