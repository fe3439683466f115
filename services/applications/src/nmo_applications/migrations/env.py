"""Alembic's entry."""

from nmo_applications.base import Model
from nmo_kit.migrate import run_env

run_env(Model.metadata)
