"""Requests and answers of the questionnaire."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class FillQuestionnaire(BaseModel):
    """What the person states; both confirmations must be given."""

    model_config = ConfigDict(extra="forbid")

    specialty_key: str = Field(max_length=20)
    organization: str = Field(max_length=1000)
    exam_on: date
    diploma_on: date
    data_true: bool
    will_report_surname: bool


class FilledQuestionnaire(BaseModel):
    """As it was stated."""

    model_config = ConfigDict(from_attributes=True)

    specialty_key: str
    organization: str
    exam_on: date
    diploma_on: date
    confirmed_at: datetime


class OwnQuestionnaire(BaseModel):
    """The person's questionnaire, if they filled one in."""

    filled: FilledQuestionnaire | None
