"""Vectors of chunks, on PostgreSQL with pgvector."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text

from ingest.db import texts, vectors
from ingest.db.engine import Database
from ingest.db.schema import chunk_vectors, chunks, documents
from ingest.domain.documents import Source, Status
from ingest.domain.pages import Chunk, CleanText
from ingest.errors import SettingsError

Add = Callable[..., UUID]
MODEL = "compass"


@pytest.fixture
def add(database: Database) -> Add:
    """Adds a document of these passages, without vectors."""

    def added(*passages: str) -> UUID:
        document_id = uuid4()
        whole = "\n".join(passages)
        made, start = [], 0
        for ordinal, passage in enumerate(passages):
            made.append(Chunk(ordinal, passage, start, start + len(passage), 1, 1))
            start += len(passage) + 1
        row = {"status": Status.PROCESSING, "source": Source.OTHER, "bucket": "b", "filename": "f.pdf", "version_id": "1"}
        with database.begin() as connection:
            connection.execute(insert(documents).values(id=document_id, object_key=str(document_id), **row))
            texts.replace(connection, document_id, CleanText(whole, (0,)), "test", made)
        return document_id

    return added


def missing(database: Database, document_id: UUID, model: str = MODEL) -> list[str]:
    with database.begin() as connection:
        return [passage for _, passage in vectors.missing(connection, document_id, model)]


def embed(database: Database, document_id: UUID, vector: Sequence[float], model: str = MODEL, limit: int | None = None) -> None:
    with database.begin() as connection:
        wanted = vectors.missing(connection, document_id, model)[:limit]
        vectors.save(connection, model, [(chunk_id, vector) for chunk_id, _ in wanted])


def of(database: Database, document_id: UUID, model: str = MODEL) -> dict[str, list[float]]:
    with database.begin() as connection:
        rows = connection.execute(
            select(chunks.c.text, chunk_vectors.c.vector)
            .join(chunk_vectors, chunk_vectors.c.chunk_id == chunks.c.id)
            .where(chunks.c.document_id == document_id, chunk_vectors.c.model == model)
        )
        return {row.text: [float(value) for value in row.vector] for row in rows}


def copy_twins(database: Database, document_id: UUID, model: str = MODEL) -> int:
    with database.begin() as connection:
        return vectors.copy_twins(connection, document_id, model)


def test_what_is_missing_comes_in_order_and_goes_as_it_is_saved(database: Database, add: Add) -> None:
    document_id = add("uno", "dos", "tres")
    assert missing(database, document_id) == ["uno", "dos", "tres"]
    embed(database, document_id, [1, 0, 0], limit=2)
    assert missing(database, document_id) == ["tres"]
    assert missing(database, document_id, "another") == ["uno", "dos", "tres"], "models live side by side"


def test_a_vector_that_is_there_stays(database: Database, add: Add) -> None:
    document_id = add("uno")
    with database.begin() as connection:
        ((chunk_id, _),) = vectors.missing(connection, document_id, MODEL)
        vectors.save(connection, MODEL, [(chunk_id, [1, 0, 0])])
        vectors.save(connection, MODEL, [(chunk_id, [0, 1, 0])])
    assert of(database, document_id) == {"uno": [1, 0, 0]}


def test_a_text_that_another_document_has_takes_its_vector(database: Database, add: Add) -> None:
    first, third = add("de mi consideración", "propio"), add("de mi consideración")
    embed(database, first, [1, 0, 0])
    embed(database, third, [1, 0, 0])
    second = add("de mi consideración", "Propio")
    assert copy_twins(database, second) == 1
    assert of(database, second) == {"de mi consideración": [1, 0, 0]}
    assert missing(database, second) == ["Propio"]
    assert copy_twins(database, second) == 0


def test_only_vectors_of_the_same_model_are_copied(database: Database, add: Add) -> None:
    first = add("uno")
    embed(database, first, [1, 0], model="another")
    second = add("uno")
    assert copy_twins(database, second) == 0
    assert copy_twins(database, second, "another") == 1


def test_a_repeat_inside_a_document_is_a_twin_too(database: Database, add: Add) -> None:
    document_id = add("uno", "dos", "uno")
    embed(database, document_id, [1, 0, 0], limit=1)
    assert copy_twins(database, document_id) == 1
    assert missing(database, document_id) == ["dos"]


@pytest.mark.parametrize("model", ["compass", "it's:odd %s model", "gemini-embedding-001", "x" * 200, "ñandú/2"])
def test_a_model_of_any_name_has_one_index(database: Database, add: Add, model: str) -> None:
    document_id = add("uno")
    embed(database, document_id, [1, 0, 0], model=model)
    with database.begin() as connection:
        vectors.ensure_index(connection, model, 3)
        vectors.ensure_index(connection, model, 3)
        named = {"name": vectors.index_name(model, 3)}
        defined = connection.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), named).scalar_one()
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
        plan = connection.execute(
            text("EXPLAIN SELECT 1 FROM chunk_vectors WHERE model = :model ORDER BY vector::halfvec(3) <=> '[1,0,0]' LIMIT 1"),
            {"model": model},
        )
        assert vectors.index_name(model, 3) in "\n".join(plan.scalars())
        connection.execute(text(f"DROP INDEX {vectors.index_name(model, 3)}"))
    assert "halfvec_cosine_ops" in defined


def test_a_model_whose_size_changed_before_its_first_vector_is_indexed_anew(database: Database, add: Add) -> None:
    document_id = add("uno")
    for dimensions in (3, 4):
        with database.begin() as connection:
            vectors.ensure_index(connection, MODEL, dimensions)
    embed(database, document_id, [1, 0, 0, 0])
    assert of(database, document_id) == {"uno": [1, 0, 0, 0]}
    with database.begin() as connection:
        connection.execute(text(f"DROP INDEX {vectors.index_name(MODEL, 4)}"))


def test_a_model_with_vectors_keeps_their_size(database: Database, add: Add) -> None:
    embed(database, add("uno"), [1, 0, 0])
    with database.begin() as connection:
        vectors.ensure_index(connection, MODEL, 3)
    with pytest.raises(SettingsError, match="EMBEDDING_DIMENSIONS"), database.begin() as connection:
        vectors.ensure_index(connection, MODEL, 4)
    embed(database, add("dos"), [1, 0, 0])  # under the old index, which stays
    with database.begin() as connection:
        connection.execute(text(f"DROP INDEX {vectors.index_name(MODEL, 3)}"))


def test_index_names_fit_and_differ() -> None:
    names = {vectors.index_name("m" * length, 768) for length in range(25, 120)}
    assert len(names) == 95
    assert max(map(len, names)) <= 63


def test_a_vector_says_what_made_it_and_so_does_its_copy(database: Database, add: Add) -> None:
    first = add("the same")
    with database.begin() as connection:
        ((chunk_id, _),) = vectors.missing(connection, first, MODEL)
        vectors.save(connection, MODEL, [(chunk_id, [1, 0, 0])], recipe="fast")
    twin = add("the same")
    with database.begin() as connection:
        assert vectors.copy_twins(connection, twin, MODEL) == 1
        ours = select(chunk_vectors.c.recipe).join(chunks).where(chunks.c.document_id.in_([first, twin]))
        assert list(connection.execute(ours).scalars()) == ["fast", "fast"]
