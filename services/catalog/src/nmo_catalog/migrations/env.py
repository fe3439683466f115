"""Alembic's entry."""

from nmo_catalog.base import Model
from nmo_kit.migrate import run_env

run_env(Model.metadata)
