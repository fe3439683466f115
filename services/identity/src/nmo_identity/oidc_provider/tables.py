"""Tables of clients, signing keys, codes, refresh tokens and issued tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field


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


class SigningKey(Model, table=True):
    """An ES256 key: published at once, signing from `active_from`, verifiable until `retired_at`."""

    __tablename__ = "signing_key"

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


class AssertionUse(Model, table=True):
    """Client assertions already used: a second one with the same id is a replay."""

    __tablename__ = "assertion_use"

    client_id: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires_at: datetime = utc_field(index=True)
