"""Invented educational organisations."""

from __future__ import annotations

import csv
from importlib import resources
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from nmo_catalog.organisations.tables import Organization

DEMO_ORGANIZATION: Final = 1
"""Number of the organisation that the demonstration's employee works for."""


def organization_id(number: int) -> UUID:
    """Id of the invented organisation number `number`, counted from 1; the same in every installation."""
    return uuid5(NAMESPACE_URL, f"https://portal-nmo.example/organizations/{number:04d}")


def organizations() -> list[Organization]:
    """All invented organisations. Addresses, telephones and sites are invented too."""
    with (resources.files("nmo_catalog") / "data" / "demo_organizations.csv").open(encoding="utf-8") as file:
        return [_organization(number, row) for number, row in enumerate(csv.DictReader(file), 1)]


def _organization(number: int, row: dict[str, str]) -> Organization:
    return Organization(
        id=organization_id(number),
        name=row["name"],
        short_name=row["short_name"],
        kind=row["kind"],
        region_code=row["region_code"],
        address=f"г. {row['city']}, {row['street']}, д. {number * 7 % 90 + 1}",
        phone=f"+7 (000) 000-{number:02d}-{number * 3 % 100:02d}",
        email=f"dpo@{row['slug']}.example",
        site=f"https://{row['slug']}.example",
    )
