"""Many passages to search in: real sentences recombined, with vectors made of their sentences' real ones.

Sentences and questions are read from ../shared/data/squad-es. A passage's vector is the mean of those of its sentences, which is
near what the model says of the whole, at a hundredth of the time.
"""

import json
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from uuid import UUID

import numpy as np
from sqlalchemy import func, insert, select, text

from ingest.adapters.local_embedder import LocalEmbedder
from ingest.db import index, migrate, vectors
from ingest.db.engine import Database
from ingest.db.schema import chunk_vectors, chunks, document_texts, documents
from ingest.domain.documents import Source, Status
from tests.bench.search_quality import DATA

PASSAGES_EACH = 5  # of a document
SENTENCES_EACH = 4  # of a passage
AT_ONCE = 500  # documents a transaction
SEED = 20261
_OFFICES = ["UGEL 05", "UGEL 03", "DRELM", "GRE Arequipa", "MINEDU"]
_TYPES = ["oficio", "informe", "resolucion", "memorando", "carta"]


@dataclass(frozen=True, slots=True)
class Material:
    """Sentences to make passages of, and questions to ask."""

    sentences: list[str]
    questions: list[str]


def material() -> Material:
    """What SQuAD-es brings."""
    paragraphs = [one for article in json.loads(DATA.read_text())["data"] for one in article["paragraphs"]]
    sentences = [said for one in paragraphs for said in re.split(r"(?<=[.;]) ", one["context"]) if len(said) > 40]
    return Material(sentences, [asked["question"] for one in paragraphs for asked in one["qas"]])


def _drawn(count: int, documents_wanted: int) -> Iterator[tuple[UUID, list[list[int]]]]:
    """Documents as the places of their passages' sentences."""
    dice = random.Random(SEED)  # noqa: S311
    for ordinal in range(documents_wanted):
        yield UUID(int=ordinal + 1), [dice.choices(range(count), k=SENTENCES_EACH) for _ in range(PASSAGES_EACH)]


def fill(database: Database, given: Material, passages: int) -> float:
    """Documents until there are so many passages; passages a second, their index in place (0 where they were there)."""
    with database.begin() as connection:
        migrate.upgrade(connection)
        held = connection.execute(select(func.count()).select_from(chunks)).scalar_one()
    rate = 0.0
    if held < passages:
        made = list(_drawn(len(given.sentences), passages // PASSAGES_EACH))
        started = time.perf_counter()
        for start in range(0, len(made), AT_ONCE):
            _insert(database, given, made[start : start + AT_ONCE])
            print(f"\rfilled {(start + AT_ONCE) * PASSAGES_EACH}/{passages}", end="", file=sys.stderr)
        rate = passages / (time.perf_counter() - started)
    with database.begin() as connection:
        connection.execute(text("ANALYZE"))
    return rate


_TERMS = text("""
INSERT INTO chunk_terms (chunk_id, terms, length)
SELECT id, terms, (SELECT sum(cardinality(positions)) FROM unnest(terms))
FROM (SELECT id, spanish_terms(text) AS terms FROM chunks WHERE document_id = ANY(:ids)) AS made
""")


def _insert(database: Database, given: Material, made: Sequence[tuple[UUID, list[list[int]]]]) -> None:
    row = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "bench", "filename": "a.pdf", "version_id": ""}
    said = {one: [" ".join(given.sentences[at] for at in places)[:800] for places in drawn] for one, drawn in made}
    with database.begin() as connection:
        described = [
            {"id": one, "object_key": str(one), "office": _OFFICES[one.int % 5], "document_type": _TYPES[one.int % 7 % 5], **row}
            for one in said
        ]
        connection.execute(insert(documents).values(described))
        connection.execute(text("UPDATE documents SET searchable_at = now() WHERE searchable_at IS NULL"))
        stored = {"page_starts": [0], "reading_recipe": "", "terms_recipe": index.TERMS}
        connection.execute(
            insert(document_texts).values([{"document_id": one, "text": "\n".join(of), **stored} for one, of in said.items()])
        )
        rows = [
            {"document_id": one, "ordinal": ordinal, "text": passage, "text_sha256": sha256(passage.encode()).digest()}
            | {"char_start": 0, "char_end": len(passage), "first_page": 1, "last_page": 1}
            for one, of in said.items()
            for ordinal, passage in enumerate(of)
        ]
        connection.execute(insert(chunks).values(rows))
        connection.execute(_TERMS, {"ids": list(said)})


def embed(database: Database, given: Material, embedder: LocalEmbedder) -> float:
    """A vector for every passage, and their index; seconds that the index took (0 where the vectors were there)."""
    with database.begin() as connection:
        held = connection.execute(select(func.count()).select_from(chunk_vectors)).scalar_one()
        ids = connection.execute(select(chunks.c.document_id, chunks.c.ordinal, chunks.c.id)).all()
    if held == len(ids):
        return 0.0
    known = []
    for start in range(0, len(given.sentences), 64):
        known += embedder.embed_passages(given.sentences[start : start + 64])
        print(f"\rembedded {start}/{len(given.sentences)} sentences", end="", file=sys.stderr)
    of_sentences = np.array(known, dtype=np.float32)
    chunk_ids = {(row.document_id, row.ordinal): row.id for row in ids}
    drawn = list(_drawn(len(given.sentences), len(ids) // PASSAGES_EACH))
    for start in range(0, len(drawn), AT_ONCE):
        _copy(database, embedder, of_sentences, chunk_ids, drawn[start : start + AT_ONCE])
    started = time.perf_counter()
    with database.begin() as connection:
        vectors.ensure_index(connection, embedder.model, embedder.dimensions)
    return time.perf_counter() - started


def _copy(
    database: Database,
    embedder: LocalEmbedder,
    of_sentences: "np.ndarray[tuple[int, int], np.dtype[np.float32]]",
    chunk_ids: dict[tuple[UUID, int], int],
    drawn: Sequence[tuple[UUID, list[list[int]]]],
) -> None:
    lines = StringIO()
    for one, passages in drawn:
        for ordinal, places in enumerate(passages):
            mean = of_sentences[places].mean(axis=0)
            mean /= np.linalg.norm(mean)
            written = ",".join(f"{value:.6f}" for value in mean)
            lines.write(f"{chunk_ids[one, ordinal]}\t{embedder.model}\t[{written}]\n")
    lines.seek(0)
    with database.begin() as connection:
        raw = connection.connection.cursor()
        raw.copy_expert("COPY chunk_vectors (chunk_id, model, vector) FROM STDIN", lines)
