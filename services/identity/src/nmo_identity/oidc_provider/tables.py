"""Tables of clients, signing keys, codes, refresh tokens and issued tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7

ES256, RS256 = "ES256", "RS256"


class OidcClient(Model, table=True):
    """A partner portal or a partner system. Our own services are known by their key files instead."""

    __tablename__ = "oidc_client"

    client_id: str = Field(primary_key=True)
    title: str
    kind: str
    """`public` (PKCE alone) or `confidential` (secret)."""
    redirect_uris: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    scopes: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    secret_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    created_at: datetime = utc_field()
    created_by: str
    disabled_at: datetime | None = utc_field(nullable=True)
    first_party: bool = False
    """A program of the portal's own: nobody is asked whether data may be passed on to it."""
    subject_type: str = "public"
    """`pairwise`: the person has another name at each partner (OpenID Connect Core 8.1)."""
    sector: str = ""
    """Host of the redirect addresses: pairwise names are the same within it."""
    purpose: str = ""
    """What the partner needs the data for, as the consent page says it."""
    post_logout_redirect_uris: list[str] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb"))
    )
    backchannel_logout_uri: str | None = None
    secret_changed_at: datetime | None = utc_field(nullable=True)
    id_token_signed_response_alg: str = ES256
    """What its id and logout tokens are signed by."""


class SigningKey(Model, table=True):
    """An ES256 key: published at once, signing from `active_from`, verifiable until `retired_at`."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    private_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    public_jwk: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = utc_field()
    active_from: datetime = utc_field()
    retired_at: datetime | None = utc_field(nullable=True)


class RsaSigningKey(Model, table=True):
    """An RS256 key, for id and logout tokens of clients that read no other; in a table of its own, since our services know none."""

    __tablename__ = "rsa_signing_key"

    kid: str = Field(primary_key=True)
    private_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    public_jwk: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = utc_field()
    active_from: datetime = utc_field()
    retired_at: datetime | None = utc_field(nullable=True)


class AuthorizationCode(Model, table=True):
    """A code of the authorisation endpoint, by its hash; one use."""

    __tablename__ = "authorization_code"

    code_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    family_id: UUID
    client_id: str
    redirect_uri: str
    person_id: UUID = Field(foreign_key="person.id")
    sid: UUID = Field(foreign_key="auth_session.sid")
    scope: str
    nonce: str | None = None
    code_challenge: str
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    consumed_at: datetime | None = utc_field(nullable=True)


class RefreshToken(Model, table=True):
    """A refresh token by its hash; rotated at every use, a second use revokes the family."""

    __tablename__ = "refresh_token"

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    family_id: UUID = Field(index=True)
    client_id: str
    person_id: UUID = Field(foreign_key="person.id")
    sid: UUID = Field(foreign_key="auth_session.sid")
    scope: str
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    consumed_at: datetime | None = utc_field(nullable=True)
    revoked_at: datetime | None = utc_field(nullable=True)


class IssuedToken(Model, table=True):
    """Access tokens given outside (audience `api`): what revocation and introspection know of them."""

    __tablename__ = "issued_token"

    jti: UUID = Field(primary_key=True)
    family_id: UUID = Field(index=True)
    client_id: str
    person_id: UUID | None = None
    sid: UUID | None = None
    scope: str
    issued_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    revoked_at: datetime | None = utc_field(nullable=True)


class ClientGrant(Model, table=True):
    """What a person lets a client know of them; asked once for a set of scopes, revocable."""

    __tablename__ = "client_grant"
    __table_args__ = (
        Index(
            "uq_client_grant_live",
            "person_id",
            "client_id",
            unique=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    client_id: str = Field(foreign_key="oidc_client.client_id")
    scopes: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    granted_at: datetime = utc_field()
    revoked_at: datetime | None = utc_field(nullable=True)


class AuthorizationRequest(Model, table=True):
    """A checked request of a client that waits for the person's answer or for a new sign-in, ten minutes at most."""

    __tablename__ = "authorization_request"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    sid: UUID = Field(foreign_key="auth_session.sid")
    client_id: str = Field(foreign_key="oidc_client.client_id")
    query: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    login_after: datetime | None = utc_field(nullable=True)
    """The sign-in must be renewed after this moment (`prompt=login`, `max_age`)."""
    created_at: datetime = utc_field()
    expires_at: datetime = utc_field(index=True)
    decided_at: datetime | None = utc_field(nullable=True)


class ClientSession(Model, table=True):
    """A client that a session signed in to: under which names it knows the person and the session."""

    __tablename__ = "client_session"
    __table_args__ = (UniqueConstraint("client_sid", name="uq_client_session_client_sid"),)

    sid: UUID = Field(primary_key=True, foreign_key="auth_session.sid")
    client_id: str = Field(primary_key=True, foreign_key="oidc_client.client_id")
    client_sid: UUID
    subject: str
    person_id: UUID = Field(index=True)
    first_at: datetime = utc_field()


class LogoutNotice(Model, table=True):
    """A back-channel logout owed to a partner's portal (OpenID Connect Back-Channel Logout 1.0)."""

    __tablename__ = "logout_notice"
    __table_args__ = (
        UniqueConstraint("sid", "client_id", name="uq_logout_notice_sid"),
        Index(
            "ix_logout_notice_due",
            "next_attempt_at",
            postgresql_where=text("next_attempt_at is not null"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    sid: UUID
    client_id: str
    client_sid: UUID
    subject: str
    created_at: datetime = utc_field()
    next_attempt_at: datetime | None = utc_field(nullable=True)
    attempts: int = 0
    result: str | None = None
    done_at: datetime | None = utc_field(nullable=True)


class AssertionUse(Model, table=True):
    """Client assertions already used: a second one with the same id is a replay."""

    __tablename__ = "assertion_use"

    client_id: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires_at: datetime = utc_field(index=True)
