"""Table of questionnaires."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field


class Questionnaire(Model, table=True):
    """What a person stated about their diploma, with both confirmations, the newest."""

    __tablename__ = "questionnaire"

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    specialty_key: str
    organization: str
    exam_on: date
    diploma_on: date
    confirmed_at: datetime = utc_field()
    """When they confirmed that the data are true and that they will report a change of surname."""
    created_at: datetime = utc_field()
