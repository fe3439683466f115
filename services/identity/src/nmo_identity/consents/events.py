"""Answers as events."""

from __future__ import annotations

from nmo_contracts.identity import ConsentGrantedV1, ConsentWithdrawnV1
from nmo_identity.consents.tables import ConsentEvent


def granted(row: ConsentEvent) -> ConsentGrantedV1:
    """The person agreed."""
    return ConsentGrantedV1(
        person_id=row.person_id, purpose=row.purpose, text_version=row.text_version, granted_at=row.at
    )


def withdrawn(row: ConsentEvent) -> ConsentWithdrawnV1:
    """The person took the consent back."""
    return ConsentWithdrawnV1(person_id=row.person_id, purpose=row.purpose, withdrawn_at=row.at)
