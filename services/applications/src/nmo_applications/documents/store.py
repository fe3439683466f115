"""Where the bytes of documents lie: a folder now, by keys that any object store understands."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from nmo_kit import failpoints


class ObjectStore:
    """Immutable objects under a key; writing the same key twice keeps the last bytes, never a torn file."""

    def __init__(self, folder: Path) -> None:
        """`folder` is created with the first object."""
        self._folder = folder

    async def put(self, key: str, body: bytes) -> str:
        """Store the bytes durably; returns their SHA-256 in hexadecimal digits."""
        await asyncio.to_thread(self._write, key, body)
        return hashlib.sha256(body).hexdigest()

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None if there are none."""
        return await asyncio.to_thread(self._read, key)

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            msg = "a key may not leave the store"
            raise ValueError(msg)
        return path

    def _write(self, key: str, body: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        failpoints.hit_sync("applications.store.before_rename")
        part.replace(path)

    def _read(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
