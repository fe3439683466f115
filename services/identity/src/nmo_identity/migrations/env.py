"""Environment of the migrations."""

from nmo_identity.base import Model
from nmo_kit.migrate import run_env

run_env(Model.metadata)
