"""Reference books as the catalogue needs them: names by key."""

from sqlalchemy import ARRAY, Text, text
from sqlmodel import Field

from nmo_catalog.base import Model


class Specialty(Model, table=True):
    """A specialty of the nomenclature; one that ended stays, out of force, for elements that name it."""

    __tablename__ = "specialty"

    key: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    level: str | None = Field(default=None, sa_type=Text)
    """`VO` or `SPO` in the packaged file; the registry's word does not tell it."""
    in_force: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    successors: list[str] = Field(
        default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"}
    )
    """Specialties in force that one out of force became: who looks for it finds what is taught for them."""
    book_version: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    """Version of the book that the registry told; empty while the name is that of the packaged file."""
    number: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """Grows with each version that was told; 0 for the packaged file."""


class Region(Model, table=True):
    """A subject of the Federation by its two-digit code."""

    __tablename__ = "region"

    code: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
