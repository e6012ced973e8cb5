"""Letters that know each other: references of a text, and what tells near duplicates.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE document_texts ADD COLUMN letters_recipe text NOT NULL DEFAULT ''")
    op.create_index("ix_document_texts_letters_recipe", "document_texts", ["letters_recipe"])
    op.create_table(
        "document_references",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("several", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("year", sa.Text(), nullable=False),
        sa.Column("unit", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document_texts.document_id"],
            name="fk_document_references_document_id_document_texts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name="pk_document_references"),
    )
    op.create_index("ix_document_references_number", "document_references", ["number", "year"])
    op.create_table(
        "document_sketches",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("bands", sa.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document_texts.document_id"],
            name="fk_document_sketches_document_id_document_texts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_sketches"),
    )
    op.create_index("ix_document_sketches_bands", "document_sketches", ["bands"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("document_sketches")
    op.drop_table("document_references")
    op.execute("ALTER TABLE document_texts DROP COLUMN letters_recipe")
