"""Alembic's entry: the kit runs it."""

import nmo_gateway.browser_session.tables
import nmo_gateway.kept_forms.tables  # noqa: F401 the tables hang on Model
from nmo_gateway.base import Model
from nmo_kit.migrate import run_env

run_env(Model.metadata)
