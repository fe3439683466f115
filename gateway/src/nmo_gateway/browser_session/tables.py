"""Rows of browser sessions and of sign-ins under way. No cookie value is stored, only its SHA-256."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Interval, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from nmo_gateway.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7

SHA256_BYTES = 32


class BrowserSession(Model, table=True):
    """One signed-in browser (security D1). Ended rows stay a day, so that the page can say why it asks to sign in."""

    __tablename__ = "browser_session"
    __table_args__ = (
        CheckConstraint(f"octet_length(cookie_hash) = {SHA256_BYTES}", name="cookie_hash_is_sha256"),
        CheckConstraint("(ended_at is null) = (end_reason is null)", name="ended_with_reason"),
        Index("ix_browser_session_person_id", "person_id", postgresql_where=text("ended_at is null")),
        Index("ix_browser_session_expires_at", "expires_at"),
        Index("ix_browser_session_untold", "ended_at", postgresql_where=text("not told")),
    )

    session_id: UUID = Field(default_factory=uuid7, primary_key=True)
    cookie_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    previous_hash: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary, nullable=True, unique=True)
    )
    previous_until: datetime | None = utc_field(nullable=True)
    rotated_at: datetime = utc_field()
    person_id: UUID
    sid: str = Field(sa_column=Column(String, nullable=False, index=True))
    handle_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    provider: str
    short_name: str
    entry: str
    consent: bool
    roles: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    previous_login_at: datetime | None = utc_field(nullable=True)
    login_at: datetime = utc_field()
    last_seen_at: datetime = utc_field()
    idle: object = Field(sa_column=Column(Interval, nullable=False))
    expires_at: datetime = utc_field()
    ended_at: datetime | None = utc_field(nullable=True)
    end_reason: str | None = None
    confirmed_at: datetime = utc_field()
    """When the person proved last who they are: the sign-in, or its confirmation."""
    told: bool = False
    """Identity knows that the session is over."""
    wanted: str | None = None
    """The page first asked for, while a step comes before it."""


class LoginFlow(Model, table=True):
    """A sign-in under way, bound to one browser by the login cookie; used once (SSO-08)."""

    __tablename__ = "login_flow"
    __table_args__ = (Index("ix_login_flow_expires_at", "expires_at"),)

    flow_id: UUID = Field(default_factory=uuid7, primary_key=True)
    cookie_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    provider: str
    return_to: str
    expires_at: datetime = utc_field()
    consumed_at: datetime | None = utc_field(nullable=True)
    confirms: UUID | None = None
    """The browser session that the sign-in confirms; it opens no other."""


class RateLimitRow(Model, table=True):
    """Limits that hold over all replicas (GCRA): when the key's debt is paid."""

    __tablename__ = "rate_limit"

    key: str = Field(primary_key=True)
    tat: datetime = utc_field()
