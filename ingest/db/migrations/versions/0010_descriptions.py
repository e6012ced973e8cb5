"""What a document says of itself in full: its sender, to filter by, and the rest, with the words that say it.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE documents ADD COLUMN sender text NOT NULL DEFAULT ''")
    op.create_index("ix_documents_sender", "documents", ["sender"])
    op.create_index("ix_documents_described_by", "documents", ["described_by"])
    op.execute("CREATE INDEX ix_documents_sender_trigrams ON documents USING gin (fold_spanish(sender) gin_trgm_ops)")
    op.create_table(
        "document_details",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document_texts.document_id"],
            name="fk_document_details_document_id_document_texts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_details"),
    )


def downgrade() -> None:
    op.drop_table("document_details")
    for name in ("sender_trigrams", "described_by", "sender"):
        op.execute(f"DROP INDEX ix_documents_{name}")
    op.execute("ALTER TABLE documents DROP COLUMN sender")
