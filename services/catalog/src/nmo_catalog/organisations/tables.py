"""Educational organisations."""

from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from nmo_catalog.base import Model
from nmo_kit.ids import uuid7


class Organization(Model, table=True):
    """An educational organisation with its contacts."""

    __tablename__ = "organization"
    __table_args__ = (
        Index(
            "ix_organization_name_trgm",
            text("lower(name)"),
            postgresql_using="gin",
            postgresql_ops={"lower(name)": "gin_trgm_ops"},
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    name: str = Field(sa_type=Text)
    short_name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    region_code: str = Field(sa_type=Text, foreign_key="region.code")
    address: str = Field(sa_type=Text)
    phone: str = Field(sa_type=Text)
    email: str = Field(sa_type=Text)
    site: str = Field(sa_type=Text)
