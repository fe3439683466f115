"""Signing keys: the first one, and the change to the next."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import text

from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.rules import API_LIFETIME
from nmo_identity.oidc_provider.tables import ES256, RS256, RsaSigningKey, SigningKey
from nmo_kit import journal
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import WriteSession
from nmo_kit.tokens import JwksCache

PUBLISH_AHEAD = timedelta(minutes=20)
"""A key is published this long before it signs: partners, who keep the set for 5 minutes, have it by then."""
SPREAD = timedelta(seconds=1.0 + JwksCache.FRESH_S)
"""Within this time the key set of the database is the one of every service: they read it anew so often."""
KEEP_BEHIND = timedelta(seconds=JwksCache.STALE_S) + API_LIFETIME
"""A key stays published this long after its last signature: longer than any token or cache lives."""
MAX_AGE = timedelta(days=30)
RSA_BITS = 2048


def key_place(kid: str, kind: type[SigningKey | RsaSigningKey] = SigningKey) -> str:
    """What a sealed private key is bound to."""
    return f"{kind.__tablename__}|private_sealed|{kid}"


async def ensure_key(session: WriteSession, cipher: FieldCipher, *, now: datetime) -> None:
    """Create the first key of each kind that has none; safe when several processes start at once."""
    await _lock(session)
    if not await queries.published_keys(session, now, SigningKey):
        await _add_key(session, cipher, SigningKey, now=now, active_from=now)
    if not await queries.published_keys(session, now, RsaSigningKey):
        await _add_key(session, cipher, RsaSigningKey, now=now, active_from=now)


async def rotate_keys(
    session: WriteSession,
    cipher: FieldCipher,
    *,
    now: datetime,
    ahead: timedelta = PUBLISH_AHEAD,
    at_once: bool = False,
) -> str:
    """Publish a new key of each kind and date the change; returns the key id of that for ES256.

    The new key signs after `ahead`; keys before it are kept until `KEEP_BEHIND` after the change, so that tokens in use
    stay good. `at_once` is for a key that may have been stolen: as soon as every service can know the new one, it
    signs, and the keys before it verify nothing more; whoever holds a token of theirs asks for another. Writes a
    journal row.
    """
    await _lock(session)
    active_from = now + (SPREAD if at_once else max(ahead, SPREAD))
    rows: list[SigningKey | RsaSigningKey] = [
        *await queries.published_keys(session, now, SigningKey),
        *await queries.published_keys(session, now, RsaSigningKey),
    ]
    for row in rows:
        if at_once:
            row.retired_at = min(row.retired_at or active_from, active_from)
        elif row.retired_at is None:
            row.retired_at = active_from + KEEP_BEHIND
        session.add(row)
    kid = await _add_key(session, cipher, SigningKey, now=now, active_from=active_from)
    await _add_key(session, cipher, RsaSigningKey, now=now, active_from=active_from)
    await journal.record(
        session,
        actor="identity.keys",
        action="signing_key.rotated",
        object_=f"signing_key/{kid}",
        person_id=None,
    )
    return kid


async def rotate_if_old(session: WriteSession, cipher: FieldCipher, *, now: datetime) -> str | None:
    """Rotate when the newest key is older than 30 days; None when it is not."""
    newest = next(iter(await queries.published_keys(session, now, SigningKey)), None)
    if newest is not None and now - newest.created_at < MAX_AGE:
        return None
    return await rotate_keys(session, cipher, now=now)


async def _lock(session: WriteSession) -> None:
    await session.execute(text("select pg_advisory_xact_lock(hashtext('identity.signing_key'))"))


async def _add_key(
    session: WriteSession,
    cipher: FieldCipher,
    kind: type[SigningKey | RsaSigningKey],
    *,
    now: datetime,
    active_from: datetime,
) -> str:
    key: ECKey | RSAKey
    if kind is SigningKey:
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": ES256}, private=True)
    else:
        # A quarter of a second of arithmetic: not on the loop.
        key = await asyncio.to_thread(
            RSAKey.generate_key, RSA_BITS, {"use": "sig", "alg": RS256}, private=True
        )
    kid = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid}
    sealed = cipher.encrypt(key.as_pem(private=True).decode(), aad=key_place(kid, kind))
    session.add(
        kind(kid=kid, private_sealed=sealed, public_jwk=public, created_at=now, active_from=active_from)
    )
    await session.flush()
    return kid
