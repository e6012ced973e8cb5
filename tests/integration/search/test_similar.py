"""Documents that say much the same, by vectors on a real database."""

from uuid import UUID, uuid4

from sqlalchemy import select

from ingest.db import vectors
from ingest.db.engine import Database
from ingest.db.schema import chunks
from ingest.domain.documents import Status
from ingest.search.similar import similar
from tests.integration.search.conftest import Write

MODEL = "similar-test"


def _embed(database: Database, document_id: UUID, vector: list[float]) -> None:
    with database.begin() as connection:
        ids = connection.execute(select(chunks.c.id).where(chunks.c.document_id == document_id)).scalars().all()
        vectors.save(connection, MODEL, [(chunk_id, vector) for chunk_id in ids])


def test_the_nearest_come_first_and_never_the_document_itself(database: Database, write: Write) -> None:
    letter, copy, far, gone = (
        write("Una carta.", title="carta"),
        write("Una carta, copia.", title="copia"),
        write("Otra cosa.", title="otra"),
        write("Una carta, versión vieja.", status=Status.SUPERSEDED),
    )
    for document_id, vector in ((letter, [1.0, 0.0]), (copy, [0.8, 0.6]), (far, [0.0, 1.0]), (gone, [1.0, 0.0])):
        _embed(database, document_id, vector)

    with database.begin() as connection:
        found = similar(connection, letter, MODEL, 10)

    assert [(one.document_id, one.title) for one in found] == [(copy, "copia"), (far, "otra")]
    assert abs(found[0].score - 0.8) < 0.01


def test_without_vectors_nothing_is_similar(database: Database, write: Write) -> None:
    letter = write("Una carta sin vectores.")

    with database.begin() as connection:
        assert similar(connection, letter, MODEL, 10) == []
        assert similar(connection, uuid4(), MODEL, 10) == []
