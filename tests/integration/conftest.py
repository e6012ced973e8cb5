"""What integration tests share: a migrated database, emptied before each test that asks for it."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from ingest.db import migrate
from ingest.db.engine import Database
from ingest.db.schema import metadata


@pytest.fixture(scope="session")
def _migrated_database() -> Iterator[Database]:
    database = Database(os.environ["BANDEJA_TEST_DATABASE_URL"])
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
