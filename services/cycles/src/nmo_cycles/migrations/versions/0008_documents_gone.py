"""What the register no longer shows: documents, diplomas and whole people; what a retired specialty became.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table registry_removal (
            subject_id uuid not null constraint pk_registry_removal primary key,
            version integer not null,
            removed_at timestamptz not null
        )
        """
    )
    op.execute("alter table registry_document_copy add column removed_at timestamptz")
    op.execute("alter table cycle add column document_removed_at timestamptz")
    op.execute("alter table diploma_mark add column version integer not null default 0")
    op.execute("alter table specialty_copy add column successors text[] not null default '{}'")


def downgrade() -> None:
    op.execute("alter table specialty_copy drop column successors")
    op.execute("alter table diploma_mark drop column version")
    op.execute("alter table cycle drop column document_removed_at")
    op.execute("alter table registry_document_copy drop column removed_at")
    op.execute("drop table registry_removal")
