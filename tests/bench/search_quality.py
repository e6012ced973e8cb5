"""How often search finds the right passage: SQuAD-es, by mode, clean and with typing errors, and document numbers.

    DATABASE_URL=postgresql://… python -m tests.bench.search_quality [--every 3]

The database must be an empty one of its own: it is migrated and filled, and left filled, so that a second run embeds
nothing again (the first embeds 1,996 paragraphs: some two minutes on a core). The data, 6,583 questions over these
paragraphs, are read from ../shared/data/squad-es.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from ingest.adapters.local_embedder import LocalEmbedder
from ingest.db import index, migrate
from ingest.db.engine import Database
from ingest.db.schema import chunk_vectors, chunks, document_texts, documents
from ingest.domain.documents import Source, Status
from ingest.domain.numbers import terms_of_passages
from ingest.domain.pages import Vector
from ingest.domain.stream_safe import without_marks
from ingest.search.answer import Mode, search

DATA = Path(__file__).parents[2].parent / "shared/data/squad-es/dev.json"
TYPO_SEED = 20251
BATCH = 16


@dataclass
class KnownVectors:
    """An embedder that embeds no question twice: the same ones are asked in two modes."""

    embedder: LocalEmbedder

    def __post_init__(self) -> None:
        self.model, self.dimensions, self.batch_size = self.embedder.model, self.embedder.dimensions, self.embedder.batch_size
        self.recipe = self.embedder.recipe
        self._known: dict[str, Vector] = {}

    def embed_query(self, text: str) -> Vector:
        if text not in self._known:
            self._known[text] = self.embedder.embed_query(text)
        return self._known[text]

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        return self.embedder.embed_passages(texts, title)


def add_document(database: Database, document_id: UUID, text: str, **described: str) -> None:
    """A document of one passage, as the `store` stage leaves it."""
    row = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "bench", "object_key": str(document_id), "filename": ""}
    with database.begin() as connection:
        connection.execute(
            insert(documents).values(id=document_id, version_id="", searchable_at=func.now(), **{**row, **described})
        )
        connection.execute(insert(document_texts).values(document_id=document_id, text=text, page_starts=[0], reading_recipe=""))
        passage = {"text": text, "text_sha256": sha256(text.encode()).digest(), "char_start": 0, "char_end": len(text)}
        connection.execute(insert(chunks).values(document_id=document_id, ordinal=0, first_page=1, last_page=1, **passage))
        described_as = (described.get("document_type", ""), described.get("document_number", ""))
        index.index_chunks(connection, document_id, terms_of_passages([text], *described_as))


def embed_missing(database: Database, embedder: KnownVectors) -> None:
    """Vectors for every passage without one."""
    with database.begin() as connection:
        done = select(chunk_vectors.c.chunk_id).where(chunk_vectors.c.model == embedder.model)
        missing = connection.execute(select(chunks.c.id, chunks.c.text).where(chunks.c.id.not_in(done))).all()
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        vectors = embedder.embed_passages([row.text for row in batch])
        with database.begin() as connection:
            connection.execute(
                insert(chunk_vectors),
                [
                    {"chunk_id": row.id, "model": embedder.model, "vector": list(vector)}
                    for row, vector in zip(batch, vectors, strict=True)
                ],
            )
        print(f"\rembedded {start + len(batch)}/{len(missing)}", end="", file=sys.stderr)


def with_typos(question: str, dice: random.Random) -> str:
    """The question with one error in each of its two longest words: a letter dropped, doubled, swapped or replaced."""
    words = question.split()
    for place in sorted(range(len(words)), key=lambda place: -len(words[place]))[:2]:
        word = words[place]
        if len(word) >= 4:
            at = dice.randrange(1, len(word) - 1)
            letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
            kinds = [word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word[:at] + letter + word[at + 1 :]]
            kinds.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
            words[place] = dice.choice(kinds)
    return " ".join(words)


class Measured(NamedTuple):
    """How often the right passage was first, and among ten; the mean reciprocal rank; milliseconds a question; questions."""

    first: float
    ten: float
    reciprocal: float
    milliseconds: float
    asked: int

    def __str__(self) -> str:
        return (
            f"R@1 {self.first:.3f}  R@10 {self.ten:.3f}  MRR {self.reciprocal:.3f}  {self.milliseconds:5.1f} ms  n={self.asked}"
        )


def measure(found: Callable[[str], list[UUID]], asked: Iterable[tuple[str, UUID]]) -> Measured:
    """Ask each question, whose right answer is told beside it."""
    ranks: list[int] = []
    started = time.perf_counter()
    for question, wanted in asked:
        hits = found(question)
        ranks.append(hits.index(wanted) + 1 if wanted in hits else 0)
    milliseconds = 1000 * (time.perf_counter() - started) / len(ranks)
    first = sum(rank == 1 for rank in ranks) / len(ranks)
    ten = sum(rank > 0 for rank in ranks) / len(ranks)
    return Measured(first, ten, sum(1 / rank for rank in ranks if rank) / len(ranks), milliseconds, len(ranks))


def squad(database: Database, embedder: KnownVectors, every: int) -> None:
    """Questions over SQuAD-es's paragraphs."""
    asked = fill(database, embedder)[::every]
    for name, questions in ways_to_type(asked).items():
        for mode in Mode:
            print(f"\rsquad-es  {name:10}  {mode:6}  {measure(partial(ids, database, embedder, mode), questions)}")


def fill(database: Database, embedder: KnownVectors, most: int | None = None) -> list[tuple[str, UUID]]:
    """Put SQuAD-es's paragraphs into the database, `most` of its articles; the questions, each with its paragraph."""
    paragraphs: dict[str, UUID] = {}
    asked: list[tuple[str, UUID]] = []
    for article in json.loads(DATA.read_text())["data"][:most]:
        for paragraph in article["paragraphs"]:
            document_id = paragraphs.setdefault(paragraph["context"], UUID(int=len(paragraphs) + 1))
            asked += [(one["question"], document_id) for one in paragraph["qas"]]
    _fill(database, paragraphs)
    embed_missing(database, embedder)
    return asked


def ways_to_type(asked: Sequence[tuple[str, UUID]]) -> dict[str, list[tuple[str, UUID]]]:
    """The questions as they are, with two typing errors, without accents, in small letters."""
    dice = random.Random(TYPO_SEED)  # noqa: S311
    ways: dict[str, Callable[[str], str]] = {
        "clean": str,
        "typos": lambda question: with_typos(question, dice),
        "no accents": without_marks,
        "lower case": str.lower,
    }
    return {name: [(typed(question), wanted) for question, wanted in asked] for name, typed in ways.items()}


def _fill(database: Database, paragraphs: dict[str, UUID]) -> None:
    with database.begin() as connection:
        migrate.upgrade(connection)
        known = set(connection.execute(select(documents.c.id)).scalars())
    for text, document_id in paragraphs.items():
        if document_id not in known:
            add_document(database, document_id, text)


def ids(database: Database, embedder: KnownVectors, mode: Mode, question: str) -> list[UUID]:
    return [hit.document_id for hit in search(database, embedder, question, mode=mode).hits]


UNITS = [("UGEL.05", "AGP"), ("UGEL.05", "ADM"), ("UGEL.03", "AGP"), ("DRELM", "OSSE"), ("MINEDU", "VMGP"), ("GRE", "DIR")]
KINDS = {"oficio": "OFICIO", "informe": "INFORME", "resolucion": "RESOLUCIÓN DIRECTORAL", "memorando": "MEMORÁNDUM"}


def ways_to_ask(kind: str, number: int, year: int, unit: tuple[str, str]) -> list[str]:
    """Eight ways in which people write the same number."""
    title, place = KINDS[kind].lower(), unit[0].replace(".", " ")
    return [
        f"{title} {number}-{year}",
        f"{KINDS[kind]} N.º {number:05}-{year}-{unit[0]}-{unit[1]}",
        f"{title} nº {number:03} - {year} - {place} - {unit[1]}",
        f"{title} n° {number}/{year} {unit[1].lower()}",
        f"{title} {number} del {year}",
        f"{title} {number:04} de {year} {place.lower()}",
        f"{number}-{year}-{unit[0].replace('.', '')}-{unit[1]}",
        f"busco la copia del {title} número {number}-{year} de {place}",
    ]


def numbers(database: Database, embedder: KnownVectors, every: int, letters_wanted: int = 1000) -> dict[Mode, Measured]:
    """Some thousand letters that mention each other by number, each asked for in eight ways, in hybrid and in text mode."""
    dice = random.Random(TYPO_SEED)  # noqa: S311
    kinds = list(KINDS)
    drawn = [
        (dice.choice(kinds), dice.randrange(1, 400), dice.choice([2023, 2024, 2025]), dice.choice(UNITS))
        for _ in range(letters_wanted)
    ]
    letters = list(dict.fromkeys(drawn))
    asked: list[tuple[str, UUID]] = []
    _forget_numbers(database)
    for place, (kind, number, year, unit) in enumerate(letters):
        document_id = UUID(int=10**6 + place)
        asked += [(question, document_id) for question in ways_to_ask(kind, number, year, unit)]
        others = [f"{KINDS[k]} N° {n:03}-{y}-{u[0]}-{u[1]}" for k, n, y, u in dice.sample(letters, 2)]
        text = (
            f"{KINDS[kind]} N.º {number:05}-{year}-{unit[0]}-{unit[1]}\n\nREFERENCIA: {others[0]}\n\nEn atención al documento"
            f" de la referencia y al {others[1]}, se informa lo actuado sobre el expediente {dice.randrange(10**5)}-{year}."
        )
        described = {"document_type": kind, "document_number": f"{number:05}-{year}", "bucket": "numbers"}
        add_document(database, document_id, text, **described)
    embed_missing(database, embedder)
    asked = dice.sample(asked, len(asked) // every)
    measured = {mode: measure(partial(ids, database, embedder, mode), asked) for mode in (Mode.HYBRID, Mode.TEXT)}
    _forget_numbers(database)
    return measured


def _forget_numbers(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(delete(documents).where(documents.c.bucket == "numbers"))


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=1, help="ask one question in n")
    chosen = arguments.parse_args()
    database = Database(os.environ["DATABASE_URL"])
    embedder = KnownVectors(LocalEmbedder())
    squad(database, embedder, chosen.every)
    for mode, measured in numbers(database, embedder, chosen.every).items():
        print(f"\rdocument numbers  {mode:6}  {measured}")
    database.close()


if __name__ == "__main__":
    main()
