"""Sealing and reading of what is personal in a document added by hand; each value is bound to its row."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from nmo_kit.crypto import FieldCipher
from nmo_registry.own_documents.rules import Typed
from nmo_registry.own_documents.tables import OwnDocument, OwnDocumentMove, OwnDocumentScan


@dataclass(frozen=True, slots=True)
class Details:
    """What is typed beside the kind, the specialty and the dates."""

    series: str
    number: str
    institution: str
    theme: str
    hours: int | None


def seal_details(cipher: FieldCipher, document_id: UUID, typed: Typed) -> bytes:
    """The details of a document, readable only in its row."""
    details = Details(typed.series, typed.number, typed.institution, typed.theme, typed.hours)
    text = json.dumps(asdict(details), ensure_ascii=False)
    return cipher.encrypt(text, aad=f"own_document|details_sealed|{document_id}")


def details_of(cipher: FieldCipher, row: OwnDocument) -> Details:
    """What `seal_details` took."""
    text = cipher.decrypt(row.details_sealed, aad=f"own_document|details_sealed|{row.id}")
    return Details(**json.loads(text))


def seal_reason(cipher: FieldCipher, document_id: UUID, words: str) -> bytes:
    """The employee's last word to the owner."""
    return cipher.encrypt(words, aad=f"own_document|reason_sealed|{document_id}")


def reason_of(cipher: FieldCipher, row: OwnDocument) -> str | None:
    """What `seal_reason` took, if there is one."""
    if row.reason_sealed is None:
        return None
    return cipher.decrypt(row.reason_sealed, aad=f"own_document|reason_sealed|{row.id}")


def seal_words(cipher: FieldCipher, move_id: UUID, words: str) -> bytes:
    """Words of one line of the history."""
    return cipher.encrypt(words, aad=f"own_document_move|words_sealed|{move_id}")


def words_of(cipher: FieldCipher, row: OwnDocumentMove) -> str | None:
    """What `seal_words` took, if there are any."""
    if row.words_sealed is None:
        return None
    return cipher.decrypt(row.words_sealed, aad=f"own_document_move|words_sealed|{row.id}")


def seal_scan(cipher: FieldCipher, scan_id: UUID, content: bytes) -> bytes:
    """Bytes of a scan."""
    return cipher.encrypt_bytes(content, aad=f"own_document_scan|content_sealed|{scan_id}")


def content_of(cipher: FieldCipher, row: OwnDocumentScan) -> bytes:
    """What `seal_scan` took."""
    return cipher.decrypt_bytes(row.content_sealed, aad=f"own_document_scan|content_sealed|{row.id}")
