from sqlalchemy import MetaData

from nmo_kit.migrate import run_env

run_env(MetaData())
