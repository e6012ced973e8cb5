"""A document through the real pipeline with the real Google client, against the stand-in: nothing is paid for twice."""

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from ingest.adapters.gemini import GeminiDescriber, GoogleClient, GoogleEmbedder
from ingest.adapters.parser.reader import ParserReader
from ingest.db import devices
from ingest.db.engine import Database
from ingest.db.schema import chunk_vectors, document_texts, documents
from ingest.describing.rules import OfficeRules
from ingest.domain.documents import Status
from ingest.errors import AiUnavailable
from ingest.upkeep.reembedding import Reembedding
from tests.support import made
from tests.support.desk import CountingMetrics
from tests.support.google_stand_in import KEY, GoogleStandIn, error, rate_limited, saying
from tests.support.runs import Bench, Script

# The client leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

EMBEDDING = "gemini-embedding-001"


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn().running() as server:
        yield server
    gc.collect()  # here, where its warnings are expected


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserReader]:
    parser = ParserReader(memory_bytes=1 << 30, page_seconds=20, max_pages=100)
    yield parser
    parser.stop()


@pytest.fixture
def metrics() -> CountingMetrics:
    return CountingMetrics()


class GoogleBench(Bench):
    """A runner whose AI is Google's, and one document."""

    def __init__(
        self, database: Database, parser: ParserReader, file: Path, google: GoogleStandIn, metrics: CountingMetrics
    ) -> None:
        super().__init__(database, parser, file)
        client = GoogleClient(KEY, google.url, metrics)
        self.use(describer=GeminiDescriber(client, "gemini-3.5-flash"), embedder=GoogleEmbedder(client, EMBEDDING, 768))

    def until_ended(self) -> Status:
        for _ in range(10):
            row = self.run(self.row().queue)
            if row.has_ended:
                return row.status
        raise AssertionError(row)


@pytest.fixture
def bench(
    database: Database, parser: ParserReader, tmp_path: Path, google: GoogleStandIn, metrics: CountingMetrics
) -> GoogleBench:
    file = tmp_path / "carta.pdf"
    file.write_bytes(made.born_digital(f"trámite {uuid4()}", 3))
    return GoogleBench(database, parser, file, google, metrics)


def test_a_document_is_described_and_embedded_by_google(
    bench: GoogleBench, google: GoogleStandIn, metrics: CountingMetrics
) -> None:
    assert bench.until_ended() is Status.COMPLETED
    row = bench.row()
    # The stand-in says 123-2025, which does not stand in the letter.
    assert (row.document_type, row.document_number, row.described_by) == ("oficio", "101-2025", "gemini-3.5-flash:3")
    assert google.calls == {"generateContent": 1, "batchEmbedContents": 1}
    assert metrics.counts == {"bandeja_ai_requests_total generate ok": 1, "bandeja_ai_requests_total embed ok": 1}
    assert google.asked[1]["requests"][0]["title"] == row.title
    assert "101-2025" in row.title
    with bench.database.begin() as connection:
        models = set(connection.execute(select(chunk_vectors.c.model)).scalars())
    assert models == {EMBEDDING}


def test_a_rate_limit_is_waited_for_and_nothing_is_paid_for_twice(bench: GoogleBench, google: GoogleStandIn) -> None:
    google.then(rate_limited(0))
    assert bench.run().error_code == "ai_rate_limited"
    stored = bench.run()
    assert stored.searchable
    google.then(error(500, "INTERNAL"), error(503, "UNAVAILABLE"))
    assert bench.until_ended() is Status.COMPLETED
    assert google.calls == {"generateContent": 2, "batchEmbedContents": 3}


def test_google_says_how_long_to_wait(bench: GoogleBench, google: GoogleStandIn) -> None:
    google.then(rate_limited(500))
    waiting = bench.run()
    assert waiting.next_run_at is not None
    assert 400 < (waiting.next_run_at - datetime.now(UTC)).total_seconds() <= 500
    assert google.calls["generateContent"] == 1


def test_a_quota_of_a_day_is_not_waited_for(bench: GoogleBench, google: GoogleStandIn) -> None:
    google.then(rate_limited(999_999_999))
    assert bench.until_ended() is Status.COMPLETED
    assert bench.row().described_by == OfficeRules.recipe


def test_a_quota_of_a_day_fits_the_row_where_nothing_stands_in(bench: GoogleBench, google: GoogleStandIn) -> None:
    bench.run()
    google.then(rate_limited(999_999_999))
    assert bench.run("embed").status is Status.QUEUED


def models(database: Database) -> list[str]:
    with database.begin() as connection:
        return sorted(connection.execute(select(chunk_vectors.c.model).distinct()).scalars())


def test_google_away_for_long_and_back(bench: GoogleBench, google: GoogleStandIn) -> None:
    """The letter is completed by what this machine can do, and has Google's vectors when it is back, each paid for once."""
    bench.use(stand_in=Script(model="stand-in", costs=False))
    reembedding = Reembedding(bench.database, bench.runtime.tools.embedder, ())
    google.is_away = True
    assert bench.until_ended() is Status.COMPLETED
    assert bench.row().searchable
    assert bench.row().described_by == OfficeRules.recipe
    assert models(bench.database) == ["stand-in"]
    with pytest.raises(AiUnavailable):
        reembedding.step()
    google.is_away = False
    google.asked.clear()
    with bench.database.begin() as connection:  # as after CLAIM_SECONDS
        connection.execute(update(document_texts).values(embedding_until=None))
    assert reembedding.step()
    assert not reembedding.step()
    assert models(bench.database) == sorted([EMBEDDING, "stand-in"])
    asked = [one["content"]["parts"][0]["text"] for body in google.asked for one in body["requests"]]
    assert len(asked) == len(set(asked)) == bench.own_chunks()


def test_nonsense_twice_is_described_by_rules(bench: GoogleBench, google: GoogleStandIn) -> None:
    google.then(*(saying("no soy JSON") for _ in range(2)))
    assert bench.until_ended() is Status.COMPLETED
    assert bench.row().described_by == OfficeRules.recipe
    assert google.calls == {"generateContent": 2, "batchEmbedContents": 1}


@pytest.mark.parametrize("said", ["upload", "prefix", "device"])
def test_what_stays_here_is_never_sent(bench: GoogleBench, google: GoogleStandIn, said: str) -> None:
    key = bench.row().object_key
    with bench.database.begin() as connection:
        if said == "upload":
            connection.execute(update(documents).values(upload_metadata={"google": "Never"}))
        elif said == "device":
            connection.execute(update(documents).values(device="Legajos"))
            devices.add(connection, "Legajos", "k", key, replaces=False, stays_here=True)
    if said == "prefix":
        bench.use(private_prefixes=(key[:5],))
    assert bench.until_ended() is Status.COMPLETED
    assert bench.row().described_by == OfficeRules.recipe
    assert bench.row().searchable
    assert google.calls == {}


def test_a_refusal_ends_at_once(bench: GoogleBench, google: GoogleStandIn) -> None:
    google.then(error(403, "PERMISSION_DENIED"))
    assert bench.until_ended() is Status.ERROR
    assert bench.row().error_code == "ai_rejected"
    assert google.calls == {"generateContent": 1}


def test_the_same_bytes_are_described_and_embedded_once(
    bench: GoogleBench, google: GoogleStandIn, parser: ParserReader, tmp_path: Path, metrics: CountingMetrics
) -> None:
    bench.until_ended()
    paid = dict(google.calls)
    copy = tmp_path / "copia.pdf"
    copy.write_bytes((tmp_path / "carta.pdf").read_bytes())
    twin = GoogleBench(bench.database, parser, copy, google, metrics)
    assert twin.until_ended() is Status.COMPLETED
    assert google.calls == paid
