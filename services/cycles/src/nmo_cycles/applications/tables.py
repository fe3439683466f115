"""Applications as their service last told them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_kit.db import utc_field


class ApplicationCopy(Model, table=True):
    """The state of a training application, shown at its plan item."""

    __tablename__ = "applications_application_copy"

    application_id: UUID = Field(primary_key=True)
    plan_item_id: UUID = Field(index=True)
    cycle_id: UUID
    number: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    reason_code: str | None = Field(default=None, sa_type=Text)
    version: int
    updated_at: datetime = utc_field()
