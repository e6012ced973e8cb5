"""How long a question takes where there are many passages: real sentences recombined, by words alone.

    make bench-search [PASSAGES=250000]
    DATABASE_URL=postgresql://… python -m tests.bench.search_speed [--passages 25000]

Without a DATABASE_URL a throw-away stack is started. The database must be an empty one of its own: it is migrated and filled,
and left filled, so that another checkout can be measured on the same. Sentences and questions are read from ../shared/data/squad-es.
"""

import argparse
import json
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, insert, select, text

from ingest.db import index, migrate
from ingest.db.engine import Database
from ingest.db.schema import chunks, document_texts, documents
from ingest.domain.documents import Source, Status
from ingest.search.answer import Mode, search
from tests.bench import intake_latency
from tests.bench.databases import own_database
from tests.bench.search_quality import DATA

PASSAGES_EACH = 5  # of a document
SENTENCES_EACH = 4  # of a passage
AT_ONCE = 500  # documents a transaction
SEED = 20261


def _data() -> tuple[list[str], list[str]]:
    paragraphs = [one for article in json.loads(DATA.read_text())["data"] for one in article["paragraphs"]]
    sentences = [said for one in paragraphs for said in re.split(r"(?<=[.;]) ", one["context"]) if len(said) > 40]
    return sentences, [asked["question"] for one in paragraphs for asked in one["qas"]]


def _written(sentences: Sequence[str], number: int, dice: random.Random) -> Iterator[tuple[UUID, list[str]]]:
    for ordinal in range(number):
        passages = [" ".join(dice.choices(sentences, k=SENTENCES_EACH))[:800] for _ in range(PASSAGES_EACH)]
        yield UUID(int=ordinal + 1), passages


def fill(database: Database, sentences: Sequence[str], passages: int) -> float:
    """Documents until there are so many passages; passages a second, their index in place."""
    with database.begin() as connection:
        migrate.upgrade(connection)
        held = connection.execute(select(func.count()).select_from(chunks)).scalar_one()
    if held >= passages:
        _analyze(database)
        return 0.0
    made = list(_written(sentences, passages // PASSAGES_EACH, random.Random(SEED)))  # noqa: S311
    started = time.perf_counter()
    for start in range(0, len(made), AT_ONCE):
        _insert(database, made[start : start + AT_ONCE])
        print(f"\rfilled {(start + AT_ONCE) * PASSAGES_EACH}/{passages}", end="", file=sys.stderr)
    rate = passages / (time.perf_counter() - started)
    _analyze(database)
    return rate


def _analyze(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("ANALYZE"))


_TERMS = text("""
INSERT INTO chunk_terms (chunk_id, terms, length)
SELECT id, terms, (SELECT sum(cardinality(positions)) FROM unnest(terms))
FROM (SELECT id, spanish_terms(text) AS terms FROM chunks WHERE document_id = ANY(:ids)) AS made
""")


def _insert(database: Database, made: Sequence[tuple[UUID, list[str]]]) -> None:
    row = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "bench", "filename": "a.pdf", "version_id": ""}
    with database.begin() as connection:
        ids = [document_id for document_id, _ in made]
        connection.execute(insert(documents).values([{"id": one, "object_key": str(one), **row} for one in ids]))
        connection.execute(text("UPDATE documents SET searchable_at = now() WHERE searchable_at IS NULL"))
        texts = [
            {"document_id": one, "text": "\n".join(said), "page_starts": [0], "reading_recipe": "", "terms_recipe": index.TERMS}
            for one, said in made
        ]
        connection.execute(insert(document_texts).values(texts))
        rows = [
            {"document_id": one, "ordinal": ordinal, "text": passage, "text_sha256": sha256(passage.encode()).digest()}
            | {"char_start": 0, "char_end": len(passage), "first_page": 1, "last_page": 1}
            for one, said in made
            for ordinal, passage in enumerate(said)
        ]
        connection.execute(insert(chunks).values(rows))
        connection.execute(_TERMS, {"ids": ids})


def _times(database: Database, asked: Sequence[str]) -> str:
    took = []
    for question in asked:
        started = time.perf_counter()
        search(database, None, question, mode=Mode.TEXT)
        took.append(1000 * (time.perf_counter() - started))
    deciles = statistics.quantiles(took, n=20)
    return f"p50 {statistics.median(took):7.1f} ms   p95 {deciles[-1]:7.1f} ms   n={len(took)}"


def main() -> None:
    """Measure, on a stack of its own where no database is named."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--passages", type=int, default=25_000)
    arguments.add_argument("--questions", type=int, default=200)
    given = arguments.parse_args()
    if not DATA.exists():
        sys.exit(f"{DATA} is not here: nothing to measure")
    sentences, questions = _data()
    if url := os.environ.get("DATABASE_URL"):
        measure(url, sentences, questions, given.passages, given.questions)
        return
    with intake_latency.environment(here=False) as env:
        measure(own_database(env["DATABASE_URL"], "speed"), sentences, questions, given.passages, given.questions)


def measure(url: str, sentences: Sequence[str], questions: Sequence[str], passages: int, number: int) -> None:
    """Fill the database, ask, print."""
    database = Database(url, pool_size=1)
    rate = fill(database, sentences, passages)
    if rate:
        print(f"\rinserted with indexes: {rate:.0f} passages a second")
    dice = random.Random(SEED)  # noqa: S311
    asked = dice.sample(questions, number)
    kinds = {
        "questions": asked,
        "two words": [" ".join(dice.sample(question.split(), 2)) for question in asked if len(question.split()) > 1],
        "phrase": ['"guerra mundial"', '"de la universidad"', '"segunda guerra"'] * 5,
        "de la": ["de la"] * 10,
    }
    for name, some in kinds.items():
        _times(database, some[:10])  # what is asked for the first time is read from the disk
        print(f"{passages:>7} passages  {name:10} {_times(database, some)}")
    database.close()


if __name__ == "__main__":
    main()
