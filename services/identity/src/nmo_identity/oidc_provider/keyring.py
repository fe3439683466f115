"""Signing keys in the memory of a process: read from the database, read anew every 30 seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc.jwk import ECKey

from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.commands.rotate_keys import ensure_key, key_place
from nmo_kit import clock
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database


class KeyRing:
    """The key that signs now, and the public keys that verify."""

    REREAD_S = 30.0

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        """Nothing is read yet."""
        self._db = db
        self._cipher = cipher
        self._keys: list[tuple[datetime, str, ECKey]] = []
        self._public: list[dict[str, Any]] = []
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def signing(self) -> tuple[str, ECKey]:
        """Id and private key: the newest one whose time has come."""
        await self._refresh()
        now = clock.now()
        for active_from, kid, key in self._keys:
            if active_from <= now:
                return kid, key
        # A clock behind the key's own: the oldest key is the one everybody knows.
        _, kid, key = self._keys[-1]
        return kid, key

    async def jwks(self) -> Mapping[str, Any]:
        """The public key set document."""
        await self._refresh()
        return {"keys": self._public}

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
            if not rows:
                async with self._db.write() as session:
                    await ensure_key(session, self._cipher, now=clock.now())
                rows = await self._rows()
            self._keys = [
                (
                    row.active_from,
                    row.kid,
                    ECKey.import_key(self._cipher.decrypt(row.private_sealed, aad=key_place(row.kid))),
                )
                for row in rows
            ]
            self._public = [row.public_jwk for row in rows]
            self._read_at = time.monotonic()

    async def _rows(self) -> Any:
        async with self._db.read() as session:
            return await queries.published_keys(session, clock.now())
