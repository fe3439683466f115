"""Sealing and reading of the values an answer is about; each is bound to its row."""

from __future__ import annotations

from nmo_kit.crypto import FieldCipher
from nmo_registry.comparison.queries import Pair
from nmo_registry.comparison.rules import Compared, Side, document_fields
from nmo_registry.comparison.tables import DifferenceAnswer
from nmo_registry.own_documents.sealing import details_of


def seal_answer(cipher: FieldCipher, row: DifferenceAnswer, own: str, register: str | None) -> None:
    """Put both values into the row, readable only there."""
    row.own_sealed = cipher.encrypt(own, aad=f"difference_answer|own_sealed|{row.id}")
    if register is not None:
        row.register_sealed = cipher.encrypt(register, aad=f"difference_answer|register_sealed|{row.id}")


def own_of(cipher: FieldCipher, row: DifferenceAnswer) -> str:
    """The person's own value."""
    return cipher.decrypt(row.own_sealed, aad=f"difference_answer|own_sealed|{row.id}")


def register_of(cipher: FieldCipher, row: DifferenceAnswer) -> str | None:
    """The register's value, if it was theirs to see."""
    if row.register_sealed is None:
        return None
    return cipher.decrypt(row.register_sealed, aad=f"difference_answer|register_sealed|{row.id}")


def compared_fields(cipher: FieldCipher, pair: Pair) -> list[Compared]:
    """A pair field by field; what was typed is opened for it."""
    own, found = pair
    details = details_of(cipher, own)
    typed = Side(own.kind, details.series, details.number, own.exam_on, own.issued_on)
    return document_fields(
        typed, Side(found.kind, found.series, found.number, found.exam_on, found.issued_on)
    )
