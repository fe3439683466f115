"""Id and logout tokens by RS256: keys of their own, and what each client reads. Clients of before stay as they are.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table rsa_signing_key (
            kid varchar not null,
            private_sealed bytea not null,
            public_jwk jsonb not null,
            created_at timestamptz not null,
            active_from timestamptz not null,
            retired_at timestamptz,
            constraint pk_rsa_signing_key primary key (kid)
        )
        """
    )
    op.execute("alter table oidc_client add column id_token_signed_response_alg varchar not null default 'ES256'")


def downgrade() -> None:
    op.execute("alter table oidc_client drop column id_token_signed_response_alg")
    op.execute("drop table rsa_signing_key")
