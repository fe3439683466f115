from nmo_kit.migrate import create_kit_tables, create_seal_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_kit_tables()
    create_seal_tables()
