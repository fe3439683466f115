"""Alembic's entry."""

from nmo_cycles.tables import METADATA
from nmo_kit.migrate import run_env

run_env(METADATA)
