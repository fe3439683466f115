"""Signing keys in the memory of a process: read from the database, read anew twice a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from nmo_identity.login.queries import ended_since
from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.commands.rotate_keys import ensure_key, key_place
from nmo_identity.oidc_provider.rules import API_LIFETIME, INTERNAL_LIFETIME
from nmo_identity.oidc_provider.tables import ES256, RS256, RsaSigningKey, SigningKey
from nmo_identity.standing.queries import changed_since
from nmo_kit import clock
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database

LONGEST_TOKEN = API_LIFETIME
"""Of tokens that name a session, those given outside live longest."""
MEMORY_SLACK = timedelta(seconds=90)
"""What clocks, the leeway of verifiers and the longest transaction may add to it."""


@dataclass(frozen=True, slots=True)
class _Held:
    """One key in memory, with the times between which it signs and verifies."""

    kid: str
    key: ECKey | RSAKey
    public: Mapping[str, Any]
    active_from: datetime
    retired_at: datetime | None

    def verifies(self, now: datetime) -> bool:
        """Whether it is still published."""
        return self.retired_at is None or self.retired_at > now


class KeyRing:
    """The key that signs now, and the public keys that verify."""

    REREAD_S = 0.5
    """A change made by another process is known here so soon: `SPREAD` counts on it."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        """Nothing is read yet."""
        self._db = db
        self._cipher = cipher
        self._keys: dict[str, list[_Held]] = {ES256: [], RS256: []}
        self._ended: list[str] = []
        self._versions: dict[str, int] = {}
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def signing(self, algorithm: str = ES256) -> tuple[str, ECKey | RSAKey]:
        """Id and private key: the newest one for the algorithm whose time has come."""
        await self._refresh()
        now = clock.now()
        keys = self._keys[algorithm]
        # A clock behind the key's own: the oldest key is the one everybody knows.
        held = next((held for held in keys if held.active_from <= now), keys[-1])
        return held.kid, held.key

    async def jwks(self) -> Mapping[str, Any]:
        """The public key set document, of both algorithms."""
        await self._refresh()
        return {"keys": [*self._published(ES256), *self._published(RS256)]}

    def _published(self, algorithm: str) -> list[Mapping[str, Any]]:
        now = clock.now()
        return [held.public for held in self._keys[algorithm] if held.verifies(now)]

    async def trust(self) -> Mapping[str, Any]:
        """The keys of our services' tokens, ES256 alone, and beside it what makes tokens worthless before their time (security D3, D7).

        `ended`: sessions that are over or whose account is frozen. `versions`: persons whose rights changed lately, with
        the lowest `authz_ver` that is still true.
        """
        await self._refresh()
        return {"keys": self._published(ES256), "ended": self._ended, "versions": self._versions}

    def forget(self) -> None:
        """Read anew at the next use."""
        self._read_at = float("-inf")

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < self.REREAD_S:
            return
        async with self._lock:
            if time.monotonic() - self._read_at < self.REREAD_S:
                return
            rows = await self._rows()
            if not all(rows.values()):
                async with self._db.write() as session:
                    await ensure_key(session, self._cipher, now=clock.now())
                rows = await self._rows()
            known = {held.kid: held.key for keys in self._keys.values() for held in keys}
            self._keys = {
                algorithm: [
                    _Held(
                        row.kid,
                        known.get(row.kid) or self._open(row),
                        row.public_jwk,
                        row.active_from,
                        row.retired_at,
                    )
                    for row in found
                ]
                for algorithm, found in rows.items()
            }
            self._read_at = time.monotonic()

    def _open(self, row: SigningKey | RsaSigningKey) -> ECKey | RSAKey:
        pem = self._cipher.decrypt(row.private_sealed, aad=key_place(row.kid, type(row)))
        return ECKey.import_key(pem) if isinstance(row, SigningKey) else RSAKey.import_key(pem)

    async def _rows(self) -> Mapping[str, Sequence[SigningKey | RsaSigningKey]]:
        now = clock.now()
        async with self._db.read() as session:
            rows: dict[str, Sequence[SigningKey | RsaSigningKey]] = {
                ES256: await queries.published_keys(session, now, SigningKey),
                RS256: await queries.published_keys(session, now, RsaSigningKey),
            }
            ended = await ended_since(session, now - LONGEST_TOKEN - MEMORY_SLACK)
            versions = await changed_since(session, now - INTERNAL_LIFETIME - MEMORY_SLACK)
        self._ended = [str(sid) for sid in ended]
        self._versions = {str(person_id): version for person_id, version in versions}
        return rows
