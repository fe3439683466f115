"""The registry of this service's tables."""

from __future__ import annotations

from sqlmodel import SQLModel

from nmo_kit.db import service_registry


class Model(SQLModel, registry=service_registry()):
    """Base of every table of identity."""
