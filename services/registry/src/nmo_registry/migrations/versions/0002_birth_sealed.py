"""Birth dates of mirrored people are sealed, as their numbers are."""

import os
from datetime import date
from pathlib import Path

from alembic import op
from nmo_kit.crypto import FieldCipher
from sqlalchemy import text

revision = "0002"
down_revision = "0001"

KEY = "NMO_REGISTRY_FIELD_KEY_FILE"
PLACE = "specialist|birth|{}"


def upgrade() -> None:
    op.execute("alter table specialist add column birth_sealed bytea")
    connection = op.get_bind()
    rows = connection.execute(text("select id, birth_on from specialist")).all()
    if rows:
        cipher = _cipher()
        sealed = [
            {"id": row.id, "sealed": cipher.encrypt(row.birth_on.isoformat(), aad=PLACE.format(row.id))} for row in rows
        ]
        connection.execute(text("update specialist set birth_sealed = :sealed where id = :id"), sealed)
    op.execute("alter table specialist alter column birth_sealed set not null")
    op.execute("alter table specialist drop column birth_on")


def downgrade() -> None:
    op.execute("alter table specialist add column birth_on date")
    connection = op.get_bind()
    rows = connection.execute(text("select id, birth_sealed from specialist")).all()
    if rows:
        cipher = _cipher()
        opened = [
            {
                "id": row.id,
                "day": date.fromisoformat(cipher.decrypt(bytes(row.birth_sealed), aad=PLACE.format(row.id))),
            } for row in rows
        ]
        connection.execute(text("update specialist set birth_on = :day where id = :id"), opened)
    op.execute("alter table specialist alter column birth_on set not null")
    op.execute("alter table specialist drop column birth_sealed")


def _cipher() -> FieldCipher:
    if KEY not in os.environ:
        raise RuntimeError(f"{KEY} must name the key of sealed columns: the mirror holds people already")
    return FieldCipher.from_files(Path(os.environ[KEY]))
