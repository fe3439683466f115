"""Where the bytes of documents lie: a folder now, by keys that any object store understands."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from pathlib import Path

from nmo_kit import failpoints


def digest_of(body: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


class ObjectStore:
    """Objects under a key; writing the same key twice keeps the last bytes, never a torn file.

    A key is written by one at a time: the caller holds the lock of the row that it belongs to.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is created with the first object."""
        self._folder = folder

    async def put(self, key: str, body: bytes) -> str:
        """Store the bytes durably; returns their SHA-256 in hexadecimal digits."""
        await asyncio.to_thread(self._write, key, body)
        return digest_of(body)

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None if there are none."""
        return await asyncio.to_thread(self._read, key)

    async def untouched(self, older_than_s: float) -> list[str]:
        """Keys of everything that was written so many seconds ago or earlier, unfinished writes too."""
        return await asyncio.to_thread(self._untouched, older_than_s)

    async def delete(self, key: str) -> None:
        """Forget the bytes; that there are none is no fault."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _untouched(self, older_than_s: float) -> list[str]:
        # The unshifted time of the machine, which files carry.
        latest = time.time() - older_than_s
        return [
            str(path.relative_to(self._folder))
            for path in self._folder.rglob("*")
            if path.is_file() and path.stat().st_mtime <= latest
        ]

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            msg = "a key may not leave the store"
            raise ValueError(msg)
        return path

    def _write(self, key: str, body: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # What a killed try at this key has left behind would lie there for ever.
        for left in path.parent.glob(f".{path.name}.*.part"):
            left.unlink(missing_ok=True)
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
