"""A dispute as an event: support hears of it without the person writing to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from nmo_contracts.registry import DifferenceDisputedV1, DisputedField
from nmo_registry.comparison.rules import Compared
from nmo_registry.comparison.tables import DifferenceAnswer


@dataclass(frozen=True, slots=True)
class AboutDocument:
    """The document and the field of it that a dispute is about."""

    number: str
    specialty_name: str
    compared: Compared


def disputed(row: DifferenceAnswer, about: AboutDocument | None = None) -> DifferenceDisputedV1:
    """The event of a new dispute; of the person's own data, without `about`, the field is named and no value."""
    return DifferenceDisputedV1(
        answer_id=row.id,
        person_id=row.person_id,
        field=cast("DisputedField", row.field),
        document=about.number if about else None,
        specialty_name=about.specialty_name if about else None,
        own_value=about.compared.own if about else None,
        register_value=about.compared.register if about else None,
        reference=row.reference or None,
        occurred_at=row.answered_at,
    )
