"""Which account belongs to which mirrored person; employers by the id that roles name them by.

Revision ID: 0015
Revises: 0014
"""

from uuid import NAMESPACE_OID, uuid5

from alembic import op
from sqlalchemy import text

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute(
        """
        create table person_record (
            person_id uuid not null constraint pk_person_record primary key,
            specialist_id uuid,
            matched_at timestamptz not null
        )
        """
    )
    op.execute("create index ix_person_record_specialist_id on person_record (specialist_id)")
    # Null is for what the code of before writes while both run; the next reading of the employer fills it.
    op.execute("alter table employer add column organization_id uuid")
    connection = op.get_bind()
    named = [{"oid": oid, "id": uuid5(NAMESPACE_OID, oid)} for (oid,) in connection.execute(text("select oid from employer"))]
    if named:
        connection.execute(text("update employer set organization_id = :id where oid = :oid"), named)
    op.execute("create index ix_employer_organization_id on employer (organization_id)")


def downgrade() -> None:
    op.execute("drop index ix_employer_organization_id")
    op.execute("alter table employer drop column organization_id")
    op.execute("drop table person_record")
