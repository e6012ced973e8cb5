"""Page batches, outcomes as tags, the bucket's listing in steps; faults of pages.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("documents", sa.Column("pages_left", sa.Integer()))
    op.add_column("documents", sa.Column("pages_known", sa.Integer(), server_default="0", nullable=False))
    op.add_column("documents", sa.Column("reading_since", _MOMENT))
    op.add_column("documents", sa.Column("degraded_pages", sa.ARRAY(sa.Integer()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("documents", sa.Column("trace_id", sa.Text(), server_default="", nullable=False))
    op.add_column("documents", sa.Column("tagging", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("documents", sa.Column("drawn", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(
        "ix_documents_drawn", "documents", ["id"], postgresql_where=sa.text("drawn AND status IN ('deleted', 'superseded')")
    )
    op.add_column("vocabulary", sa.Column("doubted", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("ix_vocabulary_doubted", "vocabulary", ["word"], postgresql_where=sa.text("doubted"))
    op.create_index("ix_documents_tagging", "documents", ["id"], postgresql_where=sa.text("tagging"))
    op.create_index("ix_documents_listed", "documents", ["bucket", sa.text('object_key COLLATE "C"')])
    op.add_column("page_texts", sa.Column("fault", sa.Text(), server_default="", nullable=False))
    op.add_column("devices", sa.Column("languages", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "page_batches",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("pages", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("done", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("retries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.Uuid()),
        sa.Column("lease_until", _MOMENT),
        sa.Column("next_run_at", _MOMENT),
        sa.Column("sent_seq", sa.BigInteger()),
        sa.Column("sent_at", _MOMENT),
        sa.Column("claimed_seq", sa.BigInteger()),
        sa.CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name=op.f("ck_page_batches_lease")),
        sa.CheckConstraint("NOT (done AND lease_token IS NOT NULL)", name=op.f("ck_page_batches_done")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_page_batches_document_id_documents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name=op.f("pk_page_batches")),
    )
    op.create_index("ix_page_batches_open", "page_batches", ["sent_seq"], postgresql_where=sa.text("NOT done"))
    op.create_index("ix_page_batches_lease", "page_batches", ["lease_until"], postgresql_where=sa.text("lease_until IS NOT NULL"))
    op.create_index(
        "ix_page_batches_claimed", "page_batches", ["claimed_seq"], postgresql_where=sa.text("claimed_seq IS NOT NULL")
    )
    op.create_table(
        "listings",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("after_key", sa.Text(), server_default="", nullable=False),
        sa.Column("began_at", _MOMENT),
        sa.Column("finished_at", _MOMENT),
        sa.Column("seconds", sa.REAL(), server_default="0", nullable=False),
        sa.Column("objects", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.Uuid()),
        sa.Column("lease_until", _MOMENT),
        sa.PrimaryKeyConstraint("purpose", "bucket", "prefix", name=op.f("pk_listings")),
    )


def downgrade() -> None:
    op.drop_table("listings")
    op.drop_table("page_batches")
    op.drop_column("devices", "languages")
    op.drop_column("page_texts", "fault")
    op.drop_index("ix_documents_listed", table_name="documents")
    op.drop_index("ix_documents_tagging", table_name="documents")
    op.drop_index("ix_vocabulary_doubted", table_name="vocabulary")
    op.drop_column("vocabulary", "doubted")
    op.drop_index("ix_documents_drawn", table_name="documents")
    for name in ("drawn", "tagging", "trace_id", "degraded_pages", "reading_since", "pages_known", "pages_left"):
        op.drop_column("documents", name)
