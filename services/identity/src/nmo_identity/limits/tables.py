"""Tables of limits: logged ones, because a crash must not give anybody new tries."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field

from nmo_identity.base import Model
from nmo_kit.db import utc_field


class RateLimit(Model, table=True):
    """One key's theoretical arrival time."""

    __tablename__ = "rate_limit"

    key: str = Field(primary_key=True)
    tat: datetime = utc_field(index=True)


class DayQuota(Model, table=True):
    """How much of a day's amount one key has used; days are Moscow's."""

    __tablename__ = "day_quota"
    __table_args__ = (Index("ix_day_quota_day", "day"),)

    key: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    used: int
