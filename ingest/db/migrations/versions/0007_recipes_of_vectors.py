"""A vector says what made it: one model has two engines.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A constant default rewrites no row.
    op.execute("ALTER TABLE chunk_vectors ADD COLUMN recipe text NOT NULL DEFAULT ''")


def downgrade() -> None:
    op.execute("ALTER TABLE chunk_vectors DROP COLUMN recipe")
