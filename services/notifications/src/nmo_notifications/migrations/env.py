"""Alembic's entry."""

from nmo_kit.migrate import run_env
from nmo_notifications.base import Model

run_env(Model.metadata)
