"""The migrations make the tables and columns that `ingest.db.schema` names, and no others."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ingest.db.engine import Database
from ingest.db.schema import metadata


def _is_no_index(_item: object, _name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Indexes are left out: some are of expressions, which PostgreSQL writes otherwise, and those of vectors belong to a model."""
    return kind != "index"


def test_the_migrations_lead_to_the_schema_that_queries_name(database: Database) -> None:
    with database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_no_index})
        assert compare_metadata(context, metadata) == []
