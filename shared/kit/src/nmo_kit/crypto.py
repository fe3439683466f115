"""Encrypted columns with a blind index (AES-256-GCM; HMAC-SHA-256 under a key of its own)."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class CipherError(RuntimeError):
    """The value cannot be read: other key, other place, or altered."""


class FieldCipher:
    """Encrypts single fields, each bound to its place by `aad` (`table|column|row id`)."""

    def __init__(self, field_key: bytes, index_key: bytes | None = None) -> None:
        """Take 32-byte keys; the index key must differ from the field key."""
        if len(field_key) != KEY_BYTES or (index_key is not None and len(index_key) != KEY_BYTES):
            raise CipherError("keys must have 32 bytes")
        self._aead = AESGCM(field_key)
        self._key_id = hashlib.sha256(b"key-id" + field_key).digest()[:2]
        self._index_key = index_key

    @classmethod
    def from_files(cls, field_key_file: Path, index_key_file: Path | None = None) -> FieldCipher:
        """Read keys written as 64 hexadecimal digits."""
        index_key = None if index_key_file is None else _read_key(index_key_file)
        return cls(_read_key(field_key_file), index_key)

    def encrypt(self, text: str, *, aad: str) -> bytes:
        """Key id, nonce and sealed text."""
        return self.encrypt_bytes(text.encode(), aad=aad)

    def encrypt_bytes(self, content: bytes, *, aad: str) -> bytes:
        """Key id, nonce and sealed content: for files."""
        nonce = os.urandom(NONCE_BYTES)
        return self._key_id + nonce + self._aead.encrypt(nonce, content, aad.encode())

    def decrypt(self, blob: bytes, *, aad: str) -> str:
        """The text that `encrypt` took.

        Raises:
            CipherError: other key, other `aad`, or an altered value.
        """
        return self.decrypt_bytes(blob, aad=aad).decode()

    def decrypt_bytes(self, blob: bytes, *, aad: str) -> bytes:
        """The content that `encrypt_bytes` took.

        Raises:
            CipherError: other key, other `aad`, or an altered value.
        """
        key_id, nonce, sealed = blob[:2], blob[2 : 2 + NONCE_BYTES], blob[2 + NONCE_BYTES :]
        if key_id != self._key_id:
            raise CipherError("the value was sealed under another key")
        try:
            return self._aead.decrypt(nonce, sealed, aad.encode())
        except InvalidTag as error:
            raise CipherError("the value was altered or moved") from error

    def blind_index(self, text: str) -> bytes:
        """Keyed digest to look a value up by equality without storing it readable."""
        if self._index_key is None:
            raise CipherError("no index key was given")
        return hmac.digest(self._index_key, text.encode(), "sha256")


def _read_key(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text().strip())
    except ValueError as error:
        raise CipherError(f"{path.name} does not hold a key in hexadecimal digits") from error
