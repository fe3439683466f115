"""Every SELECT of the provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlmodel import col

from nmo_identity.oidc_provider.tables import (
    AuthorizationCode,
    AuthorizationRequest,
    ClientGrant,
    ClientSession,
    IssuedToken,
    OidcClient,
    RefreshToken,
    RsaSigningKey,
    SigningKey,
)
from nmo_kit.db import ReadSession, WriteSession

AnyKey = TypeVar("AnyKey", SigningKey, RsaSigningKey)


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


async def published_keys(session: ReadSession, now: datetime, kind: type[AnyKey]) -> Sequence[AnyKey]:
    """Keys of a kind that verify or will sign, newest first."""
    found = await session.execute(
        select(kind)
        .where(or_(col(kind.retired_at).is_(None), col(kind.retired_at) > now))
        .order_by(col(kind.active_from).desc(), col(kind.kid))
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


async def refresh_token(session: ReadSession, token_hash: bytes) -> RefreshToken | None:
    """A refresh token, to look at."""
    return await session.get(RefreshToken, token_hash)


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


async def all_clients(session: ReadSession) -> Sequence[OidcClient]:
    """Every client, disabled ones too, by title."""
    found = await session.execute(
        select(OidcClient).order_by(col(OidcClient.title), col(OidcClient.client_id))
    )
    return found.scalars().all()


async def live_grant(session: ReadSession, person_id: UUID, client_id: str) -> ClientGrant | None:
    """What the person lets the client know, if they were asked and did not take it back."""
    found = await session.execute(
        select(ClientGrant).where(
            col(ClientGrant.person_id) == person_id,
            col(ClientGrant.client_id) == client_id,
            col(ClientGrant.revoked_at).is_(None),
        )
    )
    return found.scalar_one_or_none()


async def grants_of(session: ReadSession, person_id: UUID) -> Sequence[tuple[ClientGrant, OidcClient]]:
    """Clients that the person lets know of them, newest first."""
    found = await session.execute(
        select(ClientGrant, OidcClient)
        .join(OidcClient, col(OidcClient.client_id) == col(ClientGrant.client_id))
        .where(col(ClientGrant.person_id) == person_id, col(ClientGrant.revoked_at).is_(None))
        .order_by(col(ClientGrant.granted_at).desc())
    )
    return [(row[0], row[1]) for row in found.all()]


async def request_for_update(session: WriteSession, request_id: UUID) -> AuthorizationRequest | None:
    """A waiting request, locked: of two answers at once the second finds it decided."""
    return await session.get(AuthorizationRequest, request_id, with_for_update=True)


async def client_session(session: ReadSession, sid: UUID, client_id: str) -> ClientSession | None:
    """Under which names a client knows a session and its person."""
    return await session.get(ClientSession, (sid, client_id))


async def last_visits(session: ReadSession, person_id: UUID) -> dict[str, datetime]:
    """When the person last signed in to each client."""
    found = await session.execute(
        select(col(ClientSession.client_id), func.max(col(ClientSession.first_at)))
        .where(col(ClientSession.person_id) == person_id)
        .group_by(col(ClientSession.client_id))
    )
    return {row[0]: row[1] for row in found.all()}
