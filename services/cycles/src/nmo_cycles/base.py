"""Registry of this service's tables."""

from sqlmodel import SQLModel

from nmo_kit.db import service_registry


class Model(SQLModel, registry=service_registry()):
    """Base of every table of cycles."""
