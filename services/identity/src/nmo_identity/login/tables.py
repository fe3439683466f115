"""Tables of sign-in flows, tokens already seen, and sessions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, Index, LargeBinary, Text, text
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class LoginFlow(Model, table=True):
    """One attempt to sign in: bound to the browser by `flow_hash`, used once, short-lived."""

    __tablename__ = "login_flow"

    state: UUID = Field(primary_key=True)
    provider_key: str
    flow_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    redirect_uri: str
    nonce: str
    code_verifier: str
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    consumed_at: datetime | None = utc_field(nullable=True)
    confirm_sid: UUID | None = None
    """The session that this flow proves anew; it opens no other (step-up)."""


class SeenToken(Model, table=True):
    """Id tokens that opened a session already."""

    __tablename__ = "seen_token"

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    issuer: str
    seen_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)


class AuthSession(Model, table=True):
    """A signed-in person. The gateway keeps the handle, we keep its hash."""

    __tablename__ = "auth_session"
    __table_args__ = (
        Index("ix_auth_session_ended_at", "ended_at", postgresql_where=text("ended_at is not null")),
        Index(
            "ix_auth_session_provider_session",
            "provider_key",
            "provider_session",
            postgresql_where=text("provider_session is not null"),
        ),
    )

    sid: UUID = Field(default_factory=uuid7, primary_key=True)
    handle_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    person_id: UUID = Field(foreign_key="person.id", index=True)
    account_id: UUID = Field(foreign_key="account.id")
    provider_key: str
    provider_session: str | None = None
    """The provider's own name of the session: its back-channel logout may speak of nothing else."""
    acr: str
    auth_time: datetime | None = utc_field(nullable=True)
    """When the person last proved themselves; None where a provider does not say: too old for whatever asks for its age."""
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    ended_at: datetime | None = utc_field(nullable=True)
    end_reason: str | None = None
    previous_login_at: datetime | None = utc_field(nullable=True)
    ip_prefix: str = ""
    user_agent: str = ""
    workplace_role: str | None = None
    """The one role that the person works in now; empty: nothing was chosen, all of them count."""
    workplace_organization_id: UUID | None = None
    restrictions: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))
    )
    """Steps owed before anything else opens: `must_change_password`, `must_confirm_contact`, `must_confirm_links`."""
