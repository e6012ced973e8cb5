"""How long a question takes where there are many passages: by words, by meaning, by both, with facets, as you type, in a crowd.

    make bench-search [PASSAGES=250000]
    DATABASE_URL=postgresql://… python -m tests.bench.search_speed [--passages 25000]

Without a DATABASE_URL a throw-away stack is started. The database must be an empty one of its own: it is migrated and filled
(`tests.bench.search_corpus`), and left filled, so that another checkout can be measured on the same.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select, text

from ingest.adapters.local_embedder import LocalEmbedder
from ingest.db import suggestions
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.db.index import Scope
from ingest.db.ranking import Embedded, rank_by_vector
from ingest.db.schema import documents
from ingest.domain.facets import Facet
from ingest.search.answer import Mode, search
from tests.bench import intake_latency
from tests.bench.databases import own_database
from tests.bench.search_corpus import SEED, Material, embed, fill, material
from tests.bench.search_quality import DATA

CLIENTS = 8
Ask = Callable[[str], object]


def _times(name: str, ask: Ask, asked: Sequence[str], clients: int = 1) -> None:
    def one(question: str) -> float:
        started = time.perf_counter()
        ask(question)
        return 1000 * (time.perf_counter() - started)

    for question in asked[:10]:  # what is asked for the first time is read from the disk
        ask(question)
    with ThreadPoolExecutor(clients) as pool:
        took = list(pool.map(one, asked))
    last = statistics.quantiles(took, n=20)[-1]
    print(f"{name:34} p50 {statistics.median(took):7.1f} ms   p95 {last:7.1f} ms   n={len(took)}", flush=True)


def by_kind(database: Database, embedder: LocalEmbedder, given: Material, number: int) -> None:
    """Print the times of each kind of question."""
    dice = random.Random(SEED)  # noqa: S311
    asked = dice.sample(given.questions, number)
    two = [" ".join(dice.sample(question.split(), 2)) for question in asked if len(question.split()) > 1]
    phrases = ['"guerra mundial"', '"de la universidad"', '"segunda guerra"', '"en el siglo"'] * 5

    def in_mode(mode: Mode, **more: object) -> Ask:
        return lambda question: search(database, embedder, question, mode=mode, **more)  # type: ignore[arg-type]

    for mode in Mode:
        _times(f"questions, {mode}", in_mode(mode), asked)
    _times("two words, hybrid", in_mode(Mode.HYBRID), two)
    _times("a phrase, text", in_mode(Mode.TEXT), phrases)
    _times("de la, hybrid", in_mode(Mode.HYBRID), ["de la"] * 10)
    _times("one type, hybrid", in_mode(Mode.HYBRID, filters=Filters(document_type="carta")), asked)
    _times("facets, hybrid", in_mode(Mode.HYBRID, facets=list(Facet)), asked)
    _times(f"questions, hybrid, {CLIENTS} at once", in_mode(Mode.HYBRID), asked * 2, CLIENTS)
    begun = [question.split()[-1].strip("¿?")[:4] for question in asked]
    _times("suggestions", lambda typed: _suggest(database, typed), begun)


def _suggest(database: Database, typed: str) -> object:
    with database.begin() as connection:
        return suggestions.suggest(connection, typed, 8)


def recall(database: Database, embedder: LocalEmbedder, asked: Sequence[str]) -> float:
    """Which share of the ten passages that are nearest in truth the index finds."""
    shares = []
    live = Scope([documents.c.searchable_at.is_not(None)], is_narrow=False)
    for question in asked:
        wanted = Embedded(embedder.model, embedder.embed_query(question))
        with database.begin() as connection:
            near = rank_by_vector(connection, wanted, live, 100)
        with database.begin() as connection:
            connection.execute(select(func.set_config("enable_indexscan", "off", True)))
            exact = rank_by_vector(connection, wanted, live, 10)
        shares.append(len({*list(near)[:10]} & {*exact}) / len(exact))
    return statistics.mean(shares)


_SIZES = text("""
SELECT indexrelid::regclass::text AS name, pg_relation_size(indexrelid) / 1e6 AS megabytes
FROM pg_index WHERE indrelid IN ('chunk_terms'::regclass, 'chunk_vectors'::regclass) ORDER BY 2 DESC LIMIT 2
""")


def measure(url: str, given: Material, passages: int, number: int) -> None:
    """Fill the database, ask, print."""
    database, embedder = Database(url, pool_size=CLIENTS), LocalEmbedder()
    if rate := fill(database, given, passages):
        print(f"\rinserted with their terms indexed: {rate:.0f} passages a second")
    if seconds := embed(database, given, embedder):
        print(f"\rindex of the vectors built in {seconds:.0f} s")
    with database.begin() as connection:
        connection.execute(text("ANALYZE"))
        for row in connection.execute(_SIZES):
            print(f"{row.name:60} {row.megabytes:7.0f} MB")
    print(f"among {passages} passages:")
    by_kind(database, embedder, given, number)
    dice = random.Random(SEED + 1)  # noqa: S311
    print(f"recall@10 of the vectors' index: {recall(database, embedder, dice.sample(given.questions, 50)):.3f}")
    database.close()


def main() -> None:
    """Measure, on a stack of its own where no database is named."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--passages", type=int, default=25_000)
    arguments.add_argument("--questions", type=int, default=200)
    given = arguments.parse_args()
    if not DATA.exists():
        sys.exit(f"{DATA} is not here: nothing to measure")
    if url := os.environ.get("DATABASE_URL"):
        measure(url, material(), given.passages, given.questions)
        return
    with intake_latency.environment(here=False) as env:
        measure(own_database(env["DATABASE_URL"], "speed"), material(), given.passages, given.questions)


if __name__ == "__main__":
    main()
