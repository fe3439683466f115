"""Staff as their head and HR see them: what the consent names, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel

from nmo_kit.paging import Page

_PARTS: Final = ("employments", "certificates", "accreditations")
"""Parts of a card that the list shows."""


class StaffPosition(BaseModel):
    """A present job at this organisation."""

    position: str
    kind: str
    rate: Decimal


class StaffDocument(BaseModel):
    """A document in force that admits to work; `valid_until` is null where the register tells no end."""

    kind: Literal["certificate", "accreditation", "accreditation_protocol"]
    specialty_name: str
    valid_until: date | None


class StaffMember(BaseModel):
    """One person who works here and agreed to be shown."""

    person_id: UUID
    full_name: str
    positions: list[StaffPosition]
    documents: list[StaffDocument]
    fetched_at: datetime | None
    """When the register last gave all that is shown; null if it never gave a part of it."""


class EmployerStaff(Page[StaffMember]):
    """Staff of one's own organisation by name, with how many there are and how many of them agreed to be shown."""

    staff_total: int
    shown: int


def member(row: Mapping[str, Any]) -> StaffMember:
    """A row of the list as the answer tells it."""
    names = (row["last_name"], row["first_name"], row["patronymic"])
    return StaffMember(
        person_id=row["person_id"],
        full_name=" ".join(name for name in names if name),
        positions=row["positions"] or [],
        documents=row["documents"] or [],
        fetched_at=_oldest(row["confirmed_at"], row["left_out"]),
    )


def _oldest(confirmed_at: datetime, left_out: Mapping[str, str | None]) -> datetime | None:
    """Parts that the register's last answers left out are as old as when it last gave them."""
    ages = [left_out[part] for part in _PARTS if part in left_out]
    known = [datetime.fromisoformat(age) for age in ages if age is not None]
    return min([confirmed_at, *known]) if len(known) == len(ages) else None
