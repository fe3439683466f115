"""Items of plans."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7


class PlanItem(Model, table=True):
    """An element in the plan of a cycle; a removed one stays, marked, for the application that came from it."""

    __tablename__ = "plan_item"
    __table_args__ = (
        Index(
            "uq_plan_item_chosen",
            "cycle_id",
            "element_id",
            unique=True,
            postgresql_where=text("removed_at is null"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    cycle_id: UUID = Field(foreign_key="cycle.id", ondelete="CASCADE", index=True)
    element_id: UUID = Field(foreign_key="catalog_element_copy.element_id")
    added_at: datetime = utc_field()
    removed_at: datetime | None = utc_field(nullable=True, default=None)
