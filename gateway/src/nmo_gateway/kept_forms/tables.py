"""The table of kept forms."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from nmo_gateway.base import Model
from nmo_kit.db import utc_field


class KeptFormRow(Model, table=True):
    """One sealed form; its address is known by hash only."""

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form_person_id", "person_id"),)

    key_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    person_id: UUID
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    expires_at: datetime = utc_field()
