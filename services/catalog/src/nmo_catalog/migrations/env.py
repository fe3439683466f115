"""Alembic's entry."""

from nmo_catalog.tables import METADATA
from nmo_kit.migrate import run_env

run_env(METADATA)
