"""The nomenclature of specialties as the registry last told it."""

from sqlalchemy import ARRAY, Text
from sqlmodel import Field

from nmo_cycles.base import Model


class SpecialtyCopy(Model, table=True):
    """A specialty of the current version; one that ended stays, out of force."""

    __tablename__ = "specialty_copy"

    key: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    in_force: bool
    successors: list[str] = Field(
        default_factory=list, sa_type=ARRAY(Text), sa_column_kwargs={"server_default": "{}"}
    )
    """Specialties in force that one out of force became: who learns in it learns what is taught for them."""
    oid: str = Field(sa_type=Text)
    """Number of the reference book."""
    book_version: str = Field(sa_type=Text)
    number: int
    """Grows with each version that was told."""
