"""Public keys of our own services, one file each: how a service proves itself without a shared secret."""

from __future__ import annotations

import re
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


class ServiceKeys:
    """`<client_id>.pem` files of a folder, read when first needed and again when changed."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; files may appear later."""
        self._folder = folder
        self._read: dict[str, tuple[float, ECKey]] = {}

    def key_of(self, client_id: str) -> ECKey | None:
        """The P-256 key of a service; None for whoever has no readable key file."""
        if not _NAME.fullmatch(client_id):
            return None
        path = self._folder / f"{client_id}.pem"
        try:
            changed_at = path.stat().st_mtime
            cached = self._read.get(client_id)
            if cached is not None and cached[0] == changed_at:
                return cached[1]
            key = ECKey.import_key(path.read_text())
        except (OSError, ValueError, JoseError):
            return None
        if key.curve_name != "P-256":
            return None
        self._read[client_id] = changed_at, key
        return key
