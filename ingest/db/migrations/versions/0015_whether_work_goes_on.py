"""Whether work goes on: paused or drained by an administrator, or because a disk is full.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "halts",
        sa.Column("single", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("single", name=op.f("ck_halts_one")),
        sa.CheckConstraint("mode IN ('paused', 'draining')", name=op.f("ck_halts_mode")),
        sa.CheckConstraint("reason IN ('asked', 'disk')", name=op.f("ck_halts_reason")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_halts")),
    )


def downgrade() -> None:
    op.drop_table("halts")
