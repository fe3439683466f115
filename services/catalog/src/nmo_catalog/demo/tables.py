"""What of the invented data is loaded already."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field

from nmo_catalog.base import Model
from nmo_kit.db import utc_field


class SeedMark(Model, table=True):
    """A part of the invented data that was loaded, so that loading again changes nothing."""

    __tablename__ = "seed_mark"

    name: str = Field(primary_key=True, sa_type=Text)
    at: datetime = utc_field()
