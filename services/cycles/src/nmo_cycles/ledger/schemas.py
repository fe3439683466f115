"""Answers about the ledger."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from nmo_cycles.ledger.tables import CreditEntry


class EntryView(BaseModel):
    """One entry of the ledger."""

    model_config = ConfigDict(from_attributes=True)

    entry_id: UUID
    plan_item_id: UUID | None
    element_id: UUID
    title: str
    kind: str
    zet: Decimal
    earned_on: date
    recorded_at: datetime
    source: str
    reversed_entry_id: UUID | None
    reason: str | None


def entry_view(entry: CreditEntry) -> EntryView:
    """A row as its answer."""
    return EntryView.model_validate({**entry.model_dump(), "entry_id": entry.id})
