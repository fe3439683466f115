"""Alembic's entry: tables of the registry."""

from nmo_kit.migrate import run_env
from nmo_registry import tables

run_env(tables.METADATA)
