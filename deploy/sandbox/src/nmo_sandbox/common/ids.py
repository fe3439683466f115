"""Numbers nobody can guess; with a seed, numbers that repeat from run to run."""

import random
import secrets
from base64 import urlsafe_b64encode
from uuid import UUID


class Ids:
    """A source of handles and UUIDs.

    Args:
        seed: makes every run give the same numbers in the same order; for reproducible tests only.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = None if seed is None else random.Random(seed)

    def _bytes(self, count: int) -> bytes:
        return self._random.randbytes(count) if self._random else secrets.token_bytes(count)

    def handle(self) -> str:
        """Return 256 bits as base64url without padding."""
        return urlsafe_b64encode(self._bytes(32)).rstrip(b"=").decode()

    def uuid(self) -> UUID:
        """Return a UUID of version 4."""
        return UUID(bytes=self._bytes(16), version=4)
