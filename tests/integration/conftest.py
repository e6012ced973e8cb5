"""What integration tests share: a migrated database, emptied before each test that asks for it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from ingest.adapters.parser.reader import ParserReader
from ingest.db import migrate
from ingest.db.engine import Database
from ingest.db.schema import metadata
from tests.support.archive import Archive, open_archive


@pytest.fixture(scope="session")
def _migrated_database(environment: dict[str, str]) -> Iterator[Database]:
    """A database of its own on the test stack's server: the stack's processes know nothing of it."""
    server = environment["DATABASE_URL"]
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg2://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS integration WITH (FORCE)"))  # an earlier run's, on a stack that is kept
        connection.execute(text("CREATE DATABASE integration"))
    engine.dispose()
    database = Database(server.rpartition("/")[0] + "/integration")
    with database.begin() as connection:
        migrate.upgrade(connection)
    yield database
    database.close()


@pytest.fixture
def database(_migrated_database: Database) -> Database:
    tables = ", ".join(metadata.tables)
    with _migrated_database.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    return _migrated_database


@pytest.fixture(scope="module")
def archive_reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1 << 30, page_seconds=20, max_pages=100)
    yield reader
    reader.stop()


@pytest.fixture
def archive(environment: dict[str, str], database: Database, archive_reader: ParserReader) -> Iterator[Archive]:
    """An empty archive whose bucket keeps every version."""
    with open_archive(environment, database, archive_reader, versioned=True) as archive:
        yield archive


@pytest.fixture
def plain(environment: dict[str, str], database: Database, archive_reader: ParserReader) -> Iterator[Archive]:
    """An empty archive whose bucket keeps none."""
    with open_archive(environment, database, archive_reader, versioned=False) as archive:
        yield archive
