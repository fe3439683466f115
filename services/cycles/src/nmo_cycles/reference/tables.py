"""The nomenclature of specialties as the registry last told it."""

from sqlalchemy import Text
from sqlmodel import Field

from nmo_cycles.base import Model


class SpecialtyCopy(Model, table=True):
    """A specialty of the current version; one that ended stays, out of force."""

    __tablename__ = "specialty_copy"

    key: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    in_force: bool
    oid: str = Field(sa_type=Text)
    """Number of the reference book."""
    book_version: str = Field(sa_type=Text)
    number: int
    """Grows with each version that was told."""
