"""Which account belongs to which mirrored person."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_registry.base import Model


class PersonRecord(Model, table=True):
    """Identity's newest word on an account: the record it was matched with, or that it is matched with none now."""

    __tablename__ = "person_record"

    person_id: UUID = Field(primary_key=True)
    specialist_id: UUID | None = Field(index=True)
    """None after a mismatch; the row stays, so that an older match that comes late does not bring the link back."""
    matched_at: datetime = utc_field()
    """When identity compared: of two words the later one counts, in whatever order they come."""
