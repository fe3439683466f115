"""The gateway's own tables hang on this model class (browser sessions, sign-in flows, sign-in limits)."""

from sqlmodel import SQLModel

from nmo_kit.db import service_registry


class Model(SQLModel, registry=service_registry()):
    """Base of the gateway's tables."""
