"""Secrets of a session: random cookie values, and what is derived from the session's id under the index key."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

from nmo_kit.crypto import FieldCipher

COOKIE_BYTES = 32


def new_cookie() -> str:
    """A 256-bit random cookie value."""
    return secrets.token_urlsafe(COOKIE_BYTES)


def cookie_hash(value: str) -> bytes:
    """What is stored of a cookie value."""
    return hashlib.sha256(value.encode("ascii", "replace")).digest()


class SessionSecrets:
    """Form token and write cookie of a session: not stored, the same through its whole life, new at each sign-in."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def csrf_token(self, session_id: UUID) -> str:
        """The synchroniser token that forms carry."""
        return self._derive("csrf", session_id)

    def write_cookie(self, session_id: UUID) -> str:
        """Value of the Strict cookie that changes demand."""
        return self._derive("write", session_id)

    def _derive(self, purpose: str, session_id: UUID) -> str:
        digest = self._cipher.blind_index(f"browser_session|{purpose}|{session_id}")
        return urlsafe_b64encode(digest).decode().rstrip("=")

    def seal_handle(self, handle: str, session_id: UUID) -> bytes:
        """Encrypt identity's session handle for its row."""
        return self._cipher.encrypt(handle, aad=f"browser_session|handle_sealed|{session_id}")

    def open_handle(self, sealed: bytes, session_id: UUID) -> str:
        """Decrypt identity's session handle. Raises nmo_kit.crypto.CipherError."""
        return self._cipher.decrypt(sealed, aad=f"browser_session|handle_sealed|{session_id}")


def same(left: str | None, right: str) -> bool:
    """Compare secrets in constant time; an absent one differs."""
    return left is not None and hmac.compare_digest(left.encode("utf-8", "replace"), right.encode())
