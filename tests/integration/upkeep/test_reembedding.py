"""Another model's vectors are made beside what is there, at Google's pace, each text paid for once, and search takes them when all are there."""

import gc
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, func, insert, select, update

from ingest.adapters.gemini import GoogleClient, GoogleEmbedder
from ingest.db import embedded
from ingest.db.embedded import Model
from ingest.db.engine import Database
from ingest.db.schema import chunk_vectors, chunks, document_texts, documents
from ingest.domain.documents import Source, Status
from ingest.errors import AiRateLimited, AiUnavailable
from ingest.upkeep.reembedding import Reembedding
from tests.support.desk import CountingMetrics
from tests.support.google_stand_in import KEY, GoogleStandIn, error
from tests.support.runs import Script

# The client leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

EMBEDDING = "gemini-embedding-001"


@pytest.fixture
def google() -> Iterator[GoogleStandIn]:
    with GoogleStandIn().running() as server:
        yield server
    gc.collect()  # here, where its warnings are expected


@pytest.fixture
def metrics() -> CountingMetrics:
    return CountingMetrics()


def add_completed(connection: Connection, title: str, passages: list[str], **row: Any) -> UUID:
    """A completed document without vectors."""
    document_id = uuid4()
    known = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "b", "filename": "a.pdf", "version_id": "1"}
    values = {"id": document_id, "object_key": f"inbox/{document_id}.pdf", "title": title, "searchable_at": func.now()}
    connection.execute(insert(documents).values(**{**known, **values, **row}))
    text = "".join(passages)
    connection.execute(insert(document_texts).values(document_id=document_id, text=text, page_starts=[0], reading_recipe="r"))
    place = {"char_start": 0, "char_end": len(text), "first_page": 1, "last_page": 1}
    for ordinal, passage in enumerate(passages):
        said = {"ordinal": ordinal, "text": passage, "text_sha256": sha256(passage.encode()).digest()}
        connection.execute(insert(chunks).values(document_id=document_id, **said, **place))
    return document_id


def test_a_hundred_documents_at_half_of_the_time_and_no_text_twice(
    database: Database, google: GoogleStandIn, metrics: CountingMetrics
) -> None:
    google.fail_every, google.fail_seconds = 2, 0.01
    with database.begin() as connection:
        for number in range(100):
            add_completed(connection, f"Oficio {number}", [f"pasaje {number}.{part}" for part in range(3)])
    embedder = GoogleEmbedder(GoogleClient(KEY, google.url, metrics), EMBEDDING, 8)

    def work() -> None:
        reembedding = Reembedding(database, embedder, ())
        while True:
            try:
                if not reembedding.step():
                    return
            except AiRateLimited:
                with database.begin() as connection:
                    connection.execute(update(document_texts).values(embedding_until=None))

    work()
    assert Reembedding(database, embedder, ()).progress() == (100, 100)
    paid = metrics.counts["bandeja_ai_requests_total embed ok"]
    assert (paid, metrics.counts["bandeja_ai_requests_total embed ai_rate_limited"]) == (100, pytest.approx(100, abs=2))
    with database.begin() as connection:
        assert connection.execute(select(func.count()).select_from(chunk_vectors)).scalar_one() == 300


def test_another_model_is_filled_beside_and_then_takes_over(
    database: Database, google: GoogleStandIn, metrics: CountingMetrics
) -> None:
    old, new = Model("stand-in", 3), Model(EMBEDDING, 8)
    first = Reembedding(database, cast(Any, Script(model=old.name, costs=False)), ())
    with database.begin() as connection:
        for number in range(5):
            add_completed(connection, f"Oficio {number}", [f"pasaje {number}"])
        assert embedded.settle(connection, old) == old
    while first.step():
        pass
    with database.begin() as connection:
        assert embedded.settle(connection, new) == old, "the new one has no vectors yet"
    second = Reembedding(database, GoogleEmbedder(GoogleClient(KEY, google.url, metrics), EMBEDDING, 8), ())
    assert second.step()
    assert not second.take_over()
    google.then(error(503, "UNAVAILABLE"))  # stopped in the middle
    with pytest.raises(AiUnavailable):
        second.step()
    assert first.has_taken_over()
    with database.begin() as connection:
        connection.execute(update(document_texts).values(embedding_until=None))
    while second.step():
        pass
    assert second.take_over()
    assert second.has_taken_over()
    assert len(google.asked) == 6, "five documents, and the call that failed"


def test_what_stays_here_is_not_sent_and_not_waited_for(
    database: Database, google: GoogleStandIn, metrics: CountingMetrics
) -> None:
    with database.begin() as connection:
        add_completed(connection, "reservado", ["pasaje"], upload_metadata={"google": "never"})
    work = Reembedding(database, GoogleEmbedder(GoogleClient(KEY, google.url, metrics), EMBEDDING, 8), ())
    assert work.step()
    assert not work.step()
    assert work.take_over()
    assert google.calls == {}


def test_two_at_once_share_the_documents(database: Database) -> None:
    script = Script(model="local", costs=False)
    one, other = (Reembedding(database, cast(Any, script), ()) for _ in range(2))
    with database.begin() as connection:
        for number in range(3):
            add_completed(connection, f"Oficio {number}", [f"pasaje {number}"])
        taken = embedded.claim(connection, "local", 60)
    assert [one.step(), other.step(), one.step()] == [True, True, False]
    assert one.progress() == (2, 3)
    with database.begin() as connection:
        assert taken is not None
        embedded.hold(connection, taken, 0)
    assert other.step()
    assert script.embedded == 3
