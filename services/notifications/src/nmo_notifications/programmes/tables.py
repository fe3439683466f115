"""Copy of the catalogue's titles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from nmo_kit.db import utc_field
from nmo_notifications.base import Model


class CatalogElementCopy(Model, table=True):
    """One element as the catalogue last told it."""

    __tablename__ = "catalog_element_copy"

    element_id: UUID = Field(primary_key=True)
    title: str = Field(sa_type=Text)
    organization_name: str = Field(sa_type=Text)
    copied_at: datetime = utc_field()
