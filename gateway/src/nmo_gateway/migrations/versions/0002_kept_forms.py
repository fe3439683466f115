"""Forms typed in a session that ran out."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("set local lock_timeout = '4s'")
    op.execute(
        """
        create table kept_form (
          key_hash bytea not null,
          person_id uuid not null,
          sealed bytea not null,
          expires_at timestamptz not null,
          constraint pk_kept_form primary key (key_hash)
        )
        """
    )
    op.execute("create index ix_kept_form_person_id on kept_form (person_id)")


def downgrade() -> None:
    op.execute("drop table kept_form")
