"""Vectors of chunks: one row a chunk and model, so that models of different sizes live side by side."""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, exists, func, select, text, true, type_coerce
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError

from ingest.db.schema import chunk_vectors, chunks
from ingest.errors import SettingsError

_LONGEST_SLUG = 30


def copy_twins(connection: Connection, document_id: UUID, model: str) -> int:
    """Give the document's chunks the vectors that chunks of the same text have already; returns how many."""
    # One twin is looked up a chunk: a standard paragraph has thousands (20,000: 80 ms by a join, 7 ms so).
    twin, known = chunks.alias("twin"), chunk_vectors.alias("known")
    vector = (
        select(known.c.model, known.c.vector, known.c.recipe)
        .join(twin, twin.c.id == known.c.chunk_id)
        .where(twin.c.text_sha256 == chunks.c.text_sha256, known.c.model == model)
        .limit(1)
        .lateral()
    )
    copied = connection.execute(
        insert(chunk_vectors)
        .from_select(
            ["chunk_id", "model", "vector", "recipe"],
            select(chunks.c.id, vector.c.model, vector.c.vector, vector.c.recipe)
            .join(vector, true())
            .where(chunks.c.document_id == document_id, ~_embedded(model)),
        )
        .on_conflict_do_nothing()
        .returning(chunk_vectors.c.chunk_id)
    )
    return len(copied.all())


def missing(connection: Connection, document_id: UUID, model: str) -> list[tuple[int, str]]:
    """(id, text) of the document's chunks that this model has not embedded, in order."""
    rows = connection.execute(
        select(chunks.c.id, chunks.c.text)
        .where(chunks.c.document_id == document_id, ~_embedded(model))
        .order_by(chunks.c.ordinal)
    )
    return [(row.id, row.text) for row in rows]


def _embedded(model: str) -> ColumnElement[bool]:
    return exists().where(chunk_vectors.c.chunk_id == chunks.c.id, chunk_vectors.c.model == model)


def mean(connection: Connection, document_id: UUID, model: str) -> list[float] | None:
    """The mean of the document's vectors of this model; None while it has none."""
    found: Any = connection.execute(
        select(type_coerce(func.avg(chunk_vectors.c.vector), chunk_vectors.c.vector.type))
        .join(chunks, chunks.c.id == chunk_vectors.c.chunk_id)
        .where(chunks.c.document_id == document_id, chunk_vectors.c.model == model)
    ).scalar_one()
    return None if found is None else [float(value) for value in found]


def save(connection: Connection, model: str, vectors: Sequence[tuple[int, Sequence[float]]], *, recipe: str = "") -> None:
    """Keep (chunk id, vector) pairs and what made them; one that is there already stays."""
    rows = [{"chunk_id": chunk_id, "model": model, "vector": list(vector), "recipe": recipe} for chunk_id, vector in vectors]
    connection.execute(insert(chunk_vectors).on_conflict_do_nothing(), rows)


def ensure_index(connection: Connection, model: str, dimensions: int) -> None:
    """Make the model's partial HNSW index unless there is one.

    As halfvec: half the size of float32 at the same recall (.978 at ef 40, 100k chunks). Raises SettingsError where
    the model has vectors of another size: one model has one size.
    """
    name = index_name(model, dimensions)
    for other in _indexes_of_another_size(connection, model, name):
        connection.execute(text(f"DROP INDEX {other}"))
    quoted = model.replace("'", "''").replace(":", r"\:")  # a colon would begin a parameter's name
    try:
        connection.execute(
            text(
                f"CREATE INDEX IF NOT EXISTS {name} ON chunk_vectors "
                f"USING hnsw ((vector::halfvec({dimensions:d})) halfvec_cosine_ops) WHERE model = '{quoted}'"
            )
        )
    except DataError as error:
        raise SettingsError(
            f"EMBEDDING_DIMENSIONS: {model} has vectors of another size than {dimensions} already; set it back to theirs"
        ) from error


def _indexes_of_another_size(connection: Connection, model: str, name: str) -> list[str]:
    """They would refuse every vector of this size; with vectors of theirs they come back by the rollback."""
    found = connection.execute(
        text(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'chunk_vectors' AND indexname ~ :pattern AND indexname <> :name"
        ),
        {"pattern": f"^{index_name(model, 0)[:-1]}[0-9]+$", "name": name},
    )
    return list(found.scalars())


def index_name(model: str, dimensions: int) -> str:
    """What the model's index is called: its own name as far as PostgreSQL's 63 bytes and plain letters allow."""
    slug = re.sub("[^a-z0-9]+", "_", model.lower())
    if len(slug) > _LONGEST_SLUG:
        slug = f"{slug[:_LONGEST_SLUG]}_{sha256(model.encode()).hexdigest()[:8]}"
    return f"ix_chunk_vectors_{slug}_{dimensions:d}"


def extension_version(connection: Connection) -> str | None:
    """The version of pgvector in this database, or None where it is absent."""
    found = connection.execute(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")).scalar_one_or_none()
    return None if found is None else str(found)
