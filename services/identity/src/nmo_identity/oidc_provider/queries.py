"""Every SELECT of the provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col

from nmo_identity.oidc_provider.tables import (
    AuthorizationCode,
    IssuedToken,
    OidcClient,
    RefreshToken,
    SigningKey,
)
from nmo_kit.db import ReadSession, WriteSession


async def client_of(session: ReadSession, client_id: str) -> OidcClient | None:
    """A client that is not disabled."""
    found = await session.execute(
        select(OidcClient).where(
            col(OidcClient.client_id) == client_id, col(OidcClient.disabled_at).is_(None)
        )
    )
    return found.scalar_one_or_none()


async def any_client(session: ReadSession, client_id: str) -> OidcClient | None:
    """A client, disabled ones too."""
    return await session.get(OidcClient, client_id)


async def published_keys(session: ReadSession, now: datetime) -> Sequence[SigningKey]:
    """Keys that verify or will sign, newest first."""
    found = await session.execute(
        select(SigningKey)
        .where(or_(col(SigningKey.retired_at).is_(None), col(SigningKey.retired_at) > now))
        .order_by(col(SigningKey.active_from).desc(), col(SigningKey.kid))
    )
    return found.scalars().all()


async def code_for_update(session: WriteSession, code_hash: bytes) -> AuthorizationCode | None:
    """A code, locked."""
    found = await session.execute(
        select(AuthorizationCode).where(col(AuthorizationCode.code_hash) == code_hash).with_for_update()
    )
    return found.scalar_one_or_none()


async def refresh_for_update(session: WriteSession, token_hash: bytes) -> RefreshToken | None:
    """A refresh token, locked."""
    found = await session.execute(
        select(RefreshToken).where(col(RefreshToken.token_hash) == token_hash).with_for_update()
    )
    return found.scalar_one_or_none()


async def family_of(
    session: WriteSession, family_id: UUID
) -> tuple[Sequence[IssuedToken], Sequence[RefreshToken]]:
    """All tokens that came from one code, locked."""
    issued = await session.execute(
        select(IssuedToken).where(col(IssuedToken.family_id) == family_id).with_for_update()
    )
    refresh = await session.execute(
        select(RefreshToken).where(col(RefreshToken.family_id) == family_id).with_for_update()
    )
    return issued.scalars().all(), refresh.scalars().all()


async def live_issued(session: ReadSession, jti: UUID, now: datetime) -> IssuedToken | None:
    """A token given outside that is neither revoked nor over."""
    found = await session.execute(
        select(IssuedToken).where(
            col(IssuedToken.jti) == jti,
            col(IssuedToken.revoked_at).is_(None),
            col(IssuedToken.expires_at) > now,
        )
    )
    return found.scalar_one_or_none()
