"""Scanners of whose documents nothing goes to Google.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE devices ADD COLUMN stays_here boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    op.execute("ALTER TABLE devices DROP COLUMN stays_here")
