"""Sealing and reading of what people write in requests; each value is bound to its row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from nmo_kit.crypto import FieldCipher

Values = dict[str, str | None]


def seal(cipher: FieldCipher, table: str, column: str, row_id: UUID, words: str) -> bytes:
    """Words of a person, readable only in this place."""
    return cipher.encrypt(words, aad=f"{table}|{column}|{row_id}")


def read(cipher: FieldCipher, table: str, column: str, row_id: UUID, sealed: bytes) -> str:
    """What `seal` took."""
    return cipher.decrypt(sealed, aad=f"{table}|{column}|{row_id}")


def seal_values(
    cipher: FieldCipher, column: str, request_id: UUID, values: Mapping[str, str | None]
) -> bytes:
    """Values of a change."""
    return seal(cipher, "support_change", column, request_id, json.dumps(dict(values), ensure_ascii=False))


def read_values(cipher: FieldCipher, column: str, request_id: UUID, sealed: bytes | None) -> Values:
    """Values of a change; none while there are none."""
    if sealed is None:
        return {}
    found: Values = json.loads(read(cipher, "support_change", column, request_id, sealed))
    return found
