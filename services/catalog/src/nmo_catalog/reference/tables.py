"""Reference books as the catalogue needs them: names by key."""

from sqlalchemy import Text
from sqlmodel import Field

from nmo_catalog.base import Model


class Specialty(Model, table=True):
    """A specialty of the nomenclature."""

    __tablename__ = "specialty"

    key: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)


class Region(Model, table=True):
    """A subject of the Federation by its two-digit code."""

    __tablename__ = "region"

    code: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
