"""Suggestions: numbers by their beginning, titles and offices by any stretch of them.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_documents_number ON documents (ltrim(document_number, '0') text_pattern_ops)")
    for column in ("title", "office"):
        op.execute(f"CREATE INDEX ix_documents_{column}_trigrams ON documents USING gin (fold_spanish({column}) gin_trgm_ops)")


def downgrade() -> None:
    for name in ("number", "title_trigrams", "office_trigrams"):
        op.execute(f"DROP INDEX ix_documents_{name}")
