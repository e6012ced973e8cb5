"""A stack with documents is upgraded in place: they are found before, by the new terms after, and none is missed between."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, insert, select, text

from ingest.db import index, migrate
from ingest.db.engine import Database
from ingest.db.schema import chunk_terms, chunks, document_texts, documents
from ingest.domain.documents import Source, Status
from ingest.search.answer import Mode, search
from ingest.upkeep.renewal import renew_terms

SAID = "OFICIO N.º 0123-2025-UGEL.05\nLas unidades de los jueces. Total S/ 18 450.00, de los que no son."
BEFORE = "0003"


@pytest.fixture
def old(environment: dict[str, str]) -> Iterator[Database]:
    """A database as the last release left it."""
    server = environment["DATABASE_URL"]
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg2://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS upgraded WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE upgraded"))
    database = Database(server.rpartition("/")[0] + "/upgraded")
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
    yield database
    database.close()
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE upgraded WITH (FORCE)"))
    engine.dispose()


def add(database: Database) -> UUID:
    """A document as the last release stored one."""
    document_id = uuid4()
    row = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "b", "object_key": "inbox/a", "version_id": "1"}
    with database.begin() as connection:
        connection.execute(
            insert(documents).values(
                id=document_id, filename="Talleres.pdf", document_type="oficio", document_number="123-2025", **row
            )
        )
        connection.execute(text("UPDATE documents SET searchable_at = now()"))
        connection.execute(
            text("INSERT INTO document_texts VALUES (:id, :said, '{0}', 'test')"), {"id": document_id, "said": SAID}
        )
        passage = {"text": SAID, "text_sha256": b"", "char_start": 0, "char_end": len(SAID), "first_page": 1, "last_page": 1}
        connection.execute(insert(chunks).values(document_id=document_id, ordinal=0, **passage))
        connection.execute(
            text(
                "INSERT INTO chunk_terms SELECT id, spanish_terms(text) || spanish_terms('Talleres')"
                " || array_to_tsvector('{m:123-2025,o:oficio-123,u:ugel}'), 20 FROM chunks"
            )
        )
    return document_id


def found(database: Database, query: str) -> list[UUID]:
    return [hit.document_id for hit in search(database, None, query, mode=Mode.TEXT).hits]


def terms(database: Database) -> set[str]:
    with database.begin() as connection:
        kept = select(text("tsvector_to_array(terms)")).select_from(chunk_terms)
        return set(connection.execute(kept).scalar_one())


def test_what_was_stored_is_found_by_the_migration_alone(old: Database) -> None:
    document_id = add(old)
    with old.begin() as connection:
        migrate.upgrade(connection)
    assert terms(old) >= {"m:123-2025", "o:oficio-123", "u:ugel"}
    for query in ("unidad", "unidades", "juez", "taller", "oficio 123-2025", '"de los que no son"', '"jueces total"'):
        assert found(old, query) == [document_id], query


def test_terms_that_are_not_made_in_sql_follow_once(old: Database) -> None:
    document_id = add(old)
    with old.begin() as connection:
        migrate.upgrade(connection)
    assert found(old, "18450") == []
    assert renew_terms(old) == 1
    assert found(old, "18450") == [document_id]
    assert terms(old) >= {"m:123-2025", "o:oficio-123", "u:ugel"}
    assert renew_terms(old) == 0


def test_who_stores_now_needs_no_renewal(old: Database) -> None:
    document_id = add(old)
    with old.begin() as connection:
        migrate.upgrade(connection)
        index.index_chunks(connection, document_id, [set()])
        made_by = connection.execute(select(document_texts.c.terms_recipe)).scalar_one()
    assert made_by == index.TERMS
    assert renew_terms(old) == 0
