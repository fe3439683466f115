"""What persons answered about differences: append-only evidence, values sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_kit.ids import uuid7
from nmo_registry.base import Model


class DifferenceAnswer(Model, table=True):
    """One answer; a later one about the same field stands beside it, never over it."""

    __tablename__ = "difference_answer"
    __table_args__ = (Index("ix_difference_answer_person_id_id", "person_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    person_id: UUID
    specialist_id: UUID | None = None
    subject: str = Field(sa_type=Text)
    """`person`, or the id of a document added by hand."""
    field: str = Field(sa_type=Text)
    choice: str = Field(sa_type=Text)
    own_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    register_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """None while it is not proven that the record is this person's: then its value is not theirs to see."""
    register_version: str = Field(default="", sa_type=Text)
    reference: str = Field(default="", sa_type=Text)
    """Code of the match that the person looked at."""
    answered_at: datetime = utc_field()
