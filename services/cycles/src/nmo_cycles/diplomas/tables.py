"""Diplomas the register told of, and questionnaires identity told of: ids alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field

from nmo_cycles.base import Model
from nmo_kit.db import utc_field


class DiplomaMark(Model, table=True):
    """An education document of a specialist stands in the register."""

    __tablename__ = "diploma_mark"

    document_id: UUID = Field(primary_key=True)
    specialist_id: UUID = Field(index=True)
    told_at: datetime = utc_field()
    version: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """Version of the specialist's record that told it last."""


class QuestionnaireMark(Model, table=True):
    """A person filled in the questionnaire about their diploma."""

    __tablename__ = "questionnaire_mark"

    person_id: UUID = Field(primary_key=True)
    filled_at: datetime = utc_field()
