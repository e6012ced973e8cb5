"""Batches under fire: real connections in threads, many rounds, against what READ COMMITTED lets through."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from threading import Barrier, Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from ingest.db import batches, dead_leases, documents, leases, pages, texts, versions
from ingest.db.engine import Database
from ingest.db.schema import page_texts
from ingest.domain.batches import BatchLease, PageBatch
from ingest.domain.documents import Document, Source, Status
from ingest.domain.objects import Fetched, ObjectVersion
from ingest.domain.pages import Page
from ingest.domain.queues import BATCH_QUEUES
from ingest.errors import Conflict, LeaseLost
from ingest.pipeline.replay import replay
from ingest.upkeep.rows import bury_dead_batches

RECIPE = "race-1"


@pytest.fixture
def database(database: Database) -> Any:
    """As many connections as threads."""
    wide = Database(database.engine.url.render_as_string(hide_password=False).replace("+psycopg2", ""), pool_size=16)
    yield wide
    wide.close()


def reading(database: Database, parts: list[list[int]], key: str = "") -> tuple[UUID, list[PageBatch]]:
    """A document whose pages are out in these batches."""
    document_id = uuid4()
    version = ObjectVersion("bucket", key or f"inbox/{document_id}.pdf", str(document_id), sequencer="18A1B2C3D4E5F607", size=10)
    with database.begin() as connection:
        documents.arrive(connection, document_id, version, source=Source.OTHER, filename="a.pdf")
        return document_id, send_out(connection, document_id, parts)


def send_out(connection: Any, document_id: UUID, parts: list[list[int]]) -> list[PageBatch]:
    claimed = leases.claim(connection, document_id, "documents", 30)
    assert claimed is not None
    document, lease = claimed
    leases.note_content(connection, lease, Fetched(document_id.bytes * 2, "", 10))
    return batches.write(connection, lease, parts, attempt=document.attempt, recipe=RECIPE, total=sum(map(len, parts)))


def row(database: Database, document_id: UUID) -> Document:
    with database.begin() as connection:
        found = documents.find(connection, document_id)
    assert found is not None
    return found


def at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Every action in a thread of its own, all let go at the same moment; what each returned."""
    barrier = Barrier(len(actions))

    def go(action: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return [future.result(timeout=60) for future in [threads.submit(go, action) for action in actions]]


def claim(database: Database, batch: PageBatch) -> BatchLease | None:
    with database.begin() as connection:
        claimed = batches.claim(connection, batch.document_id, batch.ordinal, 30)
    return None if claimed is None else claimed[2]


def finish(database: Database, lease: BatchLease) -> Document | None:
    with database.begin() as connection:
        return batches.finish(connection, lease, "documents")


def keep(database: Database, lease: BatchLease, number: int) -> None:
    with database.begin() as connection:
        document = batches.fence(connection, lease)
        assert document.content_sha256 is not None
        pages.save(connection, document.content_sha256, RECIPE, [Page(number, "texto", "ocr", 0.9, 595, 842)])
        done = len(pages.numbers(connection, document.content_sha256, RECIPE))
        batches.checkpoint(connection, lease, pages_done=done, progress=5)


def test_of_batches_that_end_together_exactly_one_is_the_last(database: Database) -> None:
    for _ in range(60):
        document_id, out = reading(database, [[1], [2], [3, 4], [5]])
        held = [claim(database, batch) for batch in out]
        last = at_once([partial(finish, database, lease) for lease in held])
        assert [found.id for found in last if found is not None] == [document_id]
        ended = row(database, document_id)
        assert (ended.queue, ended.pages_left, ended.status, ended.attempt) == ("documents", None, Status.PROCESSING, 1)
        claimable = at_once([partial(take_document, database, document_id)] * 3)
        assert sum(claimable) == 1


def take_document(database: Database, document_id: UUID) -> bool:
    with database.begin() as connection:
        return leases.claim(connection, document_id, "documents", 30) is not None


def test_two_transactions_in_step_count_down_from_what_the_other_wrote(database: Database) -> None:
    """The race itself, by hand: the second has begun, and waits at the row, before the first commits."""
    document_id, (first, second) = reading(database, [[1, 2], [3]])
    held = [claim(database, first), claim(database, second)]
    assert held[0] is not None
    with ThreadPoolExecutor(1) as threads:
        with database.begin() as connection:
            assert batches.finish(connection, held[0], "documents") is None
            waiting = threads.submit(finish, database, held[1])
            wait_until_blocked(database)
        ended = waiting.result(timeout=30)
    assert ended is not None
    assert row(database, document_id).pages_left is None


def wait_until_blocked(database: Database) -> None:
    """Until some backend of this database waits for a lock."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    for _ in range(3000):
        with database.begin() as connection:
            if connection.execute(query).scalar_one():
                return
            connection.execute(text("SELECT pg_sleep(0.01)"))
    raise AssertionError("nobody waits")


def test_of_many_claims_one_gets_the_batch(database: Database) -> None:
    for _ in range(40):
        _, (batch, _) = reading(database, [[1], [2]])
        got = at_once([partial(claim, database, batch)] * 6)
        assert sum(lease is not None for lease in got) == 1


def test_two_sweepers_count_one_crash_and_give_up_once(database: Database) -> None:
    for _ in range(20):
        document_id, (batch,) = reading(database, [[1, 2]])
        claim(database, batch)
        with database.begin() as connection:
            connection.execute(text("UPDATE page_batches SET lease_until = now() - interval '1 s' WHERE lease_token IS NOT NULL"))
        sent: list[Document] = []
        counted = at_once([partial(bury_dead_batches, database, 0, 0, sent.extend)] * 4)
        assert sum(counted) == 1
        assert [document.id for document in sent] == [document_id]


def test_two_sweepers_send_a_lost_batch_once(database: Database) -> None:
    reading(database, [[1], [2], [3]])

    def take() -> list[int]:
        with database.begin() as connection:
            return [one.ordinal for one in batches.take_unsent(connection, empty_queues=BATCH_QUEUES, grace_seconds=0.5)]

    with database.begin() as connection:
        connection.execute(text("UPDATE page_batches SET sent_at = now() - interval '1 minute'"))
    taken = at_once([take for _ in range(4)])
    assert sorted(ordinal for one in taken for ordinal in one) == [0, 1, 2]


def test_a_clock_set_back_lengthens_no_wait_of_a_batch(database: Database) -> None:
    document_id, (batch,) = reading(database, [[1]])
    lease = claim(database, batch)
    assert lease is not None
    with database.begin() as connection:
        batches.release(connection, lease, delay=5)
        connection.execute(
            text(
                "UPDATE page_batches SET next_run_at = next_run_at + i, sent_at = sent_at + i FROM (SELECT interval '1 hour' AS i) AS back"
            )
        )
        assert dead_leases.bring_waits_forward(connection) == 1
        waits = connection.execute(
            text("SELECT next_run_at <= clock_timestamp() + interval '1 minute' FROM page_batches")
        ).scalar_one()
    assert waits is True
    assert row(database, document_id).status is Status.PROCESSING


def after(finished: Event, act: Callable[[], str]) -> str:
    """Do it once a worker has finished; a busy machine would let none come first."""
    assert finished.wait(30)
    return act()


def work(database: Database, batch: PageBatch, finished: Event) -> str:
    """A worker's run of the batch; how it ended."""
    lease = claim(database, batch)
    if lease is None:
        return "refused"
    try:
        for number in batch.pages:
            keep(database, lease, number)
        last = finish(database, lease)
        finished.set()
        return "finished" if last is None else "last"
    except LeaseLost:
        return "lost"


def sweep(database: Database) -> str:
    bury_dead_batches(database, 3, 0, lambda _: None)
    with database.begin() as connection:
        batches.remove_void(connection)
    with database.begin() as connection:
        batches.take_unsent(connection, empty_queues=BATCH_QUEUES, grace_seconds=0)
    return "swept"


def test_whatever_takes_the_document_away_nothing_deadlocks_and_nothing_is_written_after(database: Database) -> None:
    """Workers, sweepers, and two who cancel, delete, replay or supersede, at once. PostgreSQL ends a deadlock with an
    error, which would fail the round.
    """
    outcomes: Counter[str] = Counter()
    for turn, (first, second) in enumerate([*product(AWAY, AWAY)] * 3):
        document_id, out = reading(database, [[1, 2], [3, 4], [5, 6], [7, 8]], f"inbox/{turn}.pdf")
        finished = Event()
        if turn % 3:
            finished.set()  # they wait for nobody
        taking = [partial(after, finished, partial(how, database, document_id, f"inbox/{turn}.pdf")) for how in (first, second)]
        working = [partial(work, database, batch, finished) for batch in out]
        done = at_once([*working, partial(sweep, database), *taking, partial(sweep, database)])
        outcomes.update(done)
        assert done.count("last") <= 1
        ended = row(database, document_id)
        if ended.status in {Status.DELETED, Status.SUPERSEDED}:
            assert kept_pages(database, document_id) == [], "what was read of erased bytes is erased with them"
        if ended.status is Status.PROCESSING:
            assert (ended.pages_left is None) == (ended.queue == "documents")
    assert outcomes["lost"] + outcomes["refused"] > 0, "some came too late"
    assert outcomes["last"] + outcomes["finished"] > 0, "some came first"


def kept_pages(database: Database, document_id: UUID) -> list[int]:
    with database.begin() as connection:
        return list(
            connection.execute(select(page_texts.c.page).where(page_texts.c.content_sha256 == document_id.bytes * 2)).scalars()
        )


def cancel(database: Database, document_id: UUID, key: str) -> str:
    with database.begin() as connection:
        documents.cancel(connection, document_id)
    return "cancel"


def delete(database: Database, document_id: UUID, key: str) -> str:
    with database.begin() as connection:
        deleted = documents.delete(connection, document_id)
        if deleted is not None:
            texts.erase(connection, deleted)
    return "delete"


def cancel_and_replay(database: Database, document_id: UUID, key: str) -> str:
    """And its new attempt sends the same pages out again."""
    cancel(database, document_id, key)
    try:
        with database.begin() as connection:
            replay(connection, document_id)
            send_out(connection, document_id, [[1, 2, 3], [4, 5, 6, 7, 8]])
    except Conflict:
        return "too late"
    return "replay"


def supersede(database: Database, document_id: UUID, key: str) -> str:
    newer_id = uuid4()
    version = ObjectVersion("bucket", key, str(newer_id), sequencer="28A1B2C3D4E5F607", size=10)
    with database.begin() as connection:
        newer = documents.arrive(connection, newer_id, version, source=Source.OTHER, filename="a.pdf")
        assert newer is not None
        versions.supersede_older(connection, newer)
    return "supersede"


AWAY = [cancel, delete, cancel_and_replay, supersede]
