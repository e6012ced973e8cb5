"""Which model a document was embedded by, and which one questions are asked by.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Constants as defaults: no row is written, so that a large table is locked for a moment only.
    op.add_column("document_texts", sa.Column("embedded_by", sa.Text, nullable=False, server_default=""))
    op.add_column("document_texts", sa.Column("embedding_until", sa.DateTime(timezone=True)))
    op.create_index("ix_document_texts_embedded_by", "document_texts", ["embedded_by"])
    op.create_table(
        "search_model",
        sa.Column("single", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("single", name=op.f("ck_search_model_one")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_search_model")),
    )


def downgrade() -> None:
    op.drop_table("search_model")
    op.drop_index("ix_document_texts_embedded_by", "document_texts")
    op.drop_column("document_texts", "embedding_until")
    op.drop_column("document_texts", "embedded_by")
