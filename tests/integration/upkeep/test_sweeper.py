"""Sweepers at work: real PostgreSQL, a queue in memory that counts, and several of them at once."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ingest.db import documents, leases
from ingest.db.engine import Database
from ingest.domain.batches import PageBatch
from ingest.domain.documents import Document
from ingest.errors import StorageRefused, StorageUnavailable
from ingest.intake.door import Intake
from ingest.queue import send_number
from ingest.services.backing import Services
from ingest.shutdown import Shutdown
from ingest.sweeper import Sweeper
from ingest.upkeep.erasure import erase_due
from ingest.upkeep.rows import Rows
from tests.support.bucket import BUCKET, MemoryBucket
from tests.support.memory_queue import MemoryQueue

MANY = 5000


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.upkeep.rows.MESSAGE_GRACE", 0.0)


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket()


def make_services(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> Services:
    """Each call as another process would have them."""
    settings = SimpleNamespace(
        max_crashes=3,
        lease_seconds=20.0,
        listing_seconds=0.0,
        sweep_seconds=0.0,
        minio_bucket=BUCKET,
        inbox_prefix="inbox/",
        cache_dir=None,
        audit_days=365,
        watched_folders=(),
        least_free_bytes=0,
        cache_bytes=0,
    )
    services = SimpleNamespace(
        settings=settings,
        database=database,
        store=bucket,
        prompt_store=bucket,
        tallies=queue,
        intake=Intake(BUCKET, "inbox/", cast(Any, bucket)),
    )
    return cast(Services, services)


def make_sweeper(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> Sweeper:
    return Sweeper(make_services(database, queue, bucket), cast(Any, queue))


def make_rows(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> Rows:
    return Rows(make_services(database, queue, bucket), cast(Any, queue))


def queue_many(database: Database, count: int) -> None:
    """Rows as the intake leaves them: numbered, their message about to be sent."""
    with database.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO documents (id, status, source, bucket, object_key, version_id, filename, sent_seq, sent_at, arrived_at)
            SELECT gen_random_uuid(), 'queued', 'other', 'documentos-ugel', 'inbox/' || n, 'v', 'f', nextval('send_seq'),
                clock_timestamp(), clock_timestamp() FROM generate_series(1, :count) AS n"""),
            {"count": count},
        )


def send_first(database: Database, queue: MemoryQueue) -> None:
    with database.begin() as connection:
        waiting = documents.newest(connection, documents.Filters(), after=None, limit=MANY)
    queue.send(sorted(waiting, key=lambda document: document.sent_seq or 0))


def claim(database: Database, message: str) -> bool:
    with database.begin() as connection:
        return (
            leases.claim(connection, UUID(message.partition(":")[0]), "documents", 600, number=send_number(message)) is not None
        )


def test_a_long_queue_is_not_sent_twice_while_workers_are_slow(
    database: Database, queue: MemoryQueue, bucket: MemoryBucket
) -> None:
    queue_many(database, MANY)
    send_first(database, queue)
    both = [make_rows(database, queue, bucket) for _ in range(2)]
    for _ in range(20):
        message = queue.take()
        for rows in both:
            rows.send_unsent()
        assert claim(database, message)
        for rows in both:
            rows.send_unsent()
    assert set(queue.sent.values()) == {1}


def test_an_emptied_redis_is_filled_again_once(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
    queue_many(database, MANY)
    send_first(database, queue)
    for _ in range(10):
        assert claim(database, queue.take())
    queue.flush()
    rows = make_rows(database, queue, bucket)
    claimed = sweeps = 0
    while sweeps < 30 and (rows.send_unsent() or queue.lists["documents"]):
        sweeps += 1
        claimed += claim(database, queue.take())
    while queue.lists["documents"]:
        claimed += claim(database, queue.take())
    assert claimed == MANY - 10
    assert queue.sent.total() == MANY + MANY - 10


def test_a_long_queue_that_was_lost_is_filled_without_a_pause(
    database: Database, queue: MemoryQueue, bucket: MemoryBucket
) -> None:
    """A pause of two seconds behind each part would make 50,000 messages take minutes."""
    queue_many(database, MANY)
    sweeper = make_sweeper(database, queue, bucket)
    goes_on = [sweeper.sweep_rows()]
    assert claim(database, queue.take())
    while goes_on[-1]:
        goes_on.append(sweeper.sweep_rows())
    assert goes_on == [True, True, False]
    assert (len(queue.sent), set(queue.sent.values())) == (MANY, {1})


def make_due(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE listings SET finished_at = finished_at - interval '1 minute'"))


def test_what_the_store_refuses_holds_up_nothing_else(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
    class Locked(MemoryBucket):
        def erase_up_to(self, key: str, sequencer: str) -> None:
            if key == "inbox/bajo-llave.pdf":
                raise StorageRefused("AccessDenied")
            super().erase_up_to(key, sequencer)

    locked = Locked()
    sweeper = make_sweeper(database, queue, locked)
    for name in ("bajo-llave", "uno", "dos", "tres"):
        locked.put(f"inbox/{name}.pdf")
    sweeper.sweep_bucket(Shutdown())
    for document_id in list(queue.sent):
        with database.begin() as connection:
            documents.delete(connection, document_id)
    locked.put("inbox/nuevo.pdf")
    make_due(database)
    assert erase_due(database, cast(Any, locked)) == 3
    sweeper.sweep_bucket(Shutdown())
    assert len(queue.sent) == 5


def test_a_step_that_fails_leaves_the_listing_its_turn(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
    class Stuck(MemoryBucket):
        def erase_up_to(self, key: str, sequencer: str) -> None:
            raise StorageUnavailable("InternalError")

    stuck = Stuck()
    sweeper = make_sweeper(database, queue, stuck)
    stuck.put("inbox/uno.pdf")
    sweeper.sweep_bucket(Shutdown())
    with database.begin() as connection:
        documents.delete(connection, next(iter(queue.sent)))
    stuck.put("inbox/nuevo.pdf")
    make_due(database)
    sweeper.sweep_bucket(Shutdown())
    assert len(queue.sent) == 2


def test_rows_that_arrived_while_redis_was_away_are_sent(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
    queue_many(database, 3)
    queue.is_away = True
    rows = make_rows(database, queue, bucket)
    assert rows.send_unsent() == 0
    queue.is_away = False
    assert rows.send_unsent() == 3


def test_a_lost_message_is_found_while_another_document_is_long_at_work(
    database: Database, queue: MemoryQueue, bucket: MemoryBucket
) -> None:
    queue_many(database, 2)
    send_first(database, queue)
    assert claim(database, queue.take())
    lost = queue.lists["documents"].popleft()
    assert make_rows(database, queue, bucket).send_unsent() == 1
    assert queue.sent[UUID(lost.partition(":")[0])] == 2


def test_a_message_that_a_worker_has_just_taken_is_not_lost(database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
    queue_many(database, 1)
    send_first(database, queue)
    message = queue.take()
    assert make_rows(database, queue, bucket).send_unsent() == 0
    queue.taken.remove(message)  # the worker died long ago
    assert make_rows(database, queue, bucket).send_unsent() == 1


def test_a_sweeper_killed_between_commit_and_send_loses_nothing(
    database: Database, queue: MemoryQueue, bucket: MemoryBucket
) -> None:
    class Killed(MemoryQueue):
        def send(self, waiting: Sequence[Document | PageBatch]) -> int:
            raise KeyboardInterrupt

        follow_commit = cast(Any, send)

    queue_many(database, 3)
    bucket.put("inbox/a.pdf")
    dying = make_sweeper(database, Killed(), bucket)
    with pytest.raises(KeyboardInterrupt):
        make_rows(database, Killed(), bucket).send_unsent()
    with pytest.raises(KeyboardInterrupt):
        dying.sweep_bucket(Shutdown())
    assert make_rows(database, queue, bucket).send_unsent() == 4
    assert set(queue.sent.values()) == {1}


def together(*acts: Any) -> None:
    """Run all at the same moment; what one raises is raised here."""
    barrier = Barrier(len(acts))

    def act(one: Any) -> None:
        barrier.wait()
        one()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(act, acts))


class TestFourAtOnce:
    """What one of them does no other does again."""

    def test_sending(self, database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
        queue_many(database, 1000)
        several = [make_rows(database, queue, bucket) for _ in range(4)]
        together(*(rows.send_unsent for rows in several))
        several[0].send_unsent()
        assert len(queue.sent) >= 500
        assert set(queue.sent.values()) == {1}

    def test_burying(self, database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
        queue_many(database, 200)
        with database.begin() as connection:
            connection.execute(
                text("""UPDATE documents SET status = 'processing', lease_token = gen_random_uuid(),
                lease_until = now() - interval '1 minute'""")
            )
        together(*(make_rows(database, queue, bucket).bury_dead_leases for _ in range(4)))
        with database.begin() as connection:
            found = documents.newest(connection, documents.Filters(), after=None, limit=1000)
        assert {row.crashes for row in found} == {1}
        assert Counter(row.id for row in queue.shown) == dict.fromkeys((row.id for row in found), 1)

    def test_expiring(self, database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
        queue_many(database, 200)
        with database.begin() as connection:
            connection.execute(
                text("""UPDATE documents SET status = 'awaiting_upload', version_id = NULL,
                expires_at = now() - interval '1 hour'""")
            )
        ended: list[int] = []
        together(*(lambda: ended.append(make_rows(database, queue, bucket).expire_uploads()) for _ in range(4)))
        assert sum(ended) == 200

    def test_listing(self, database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
        for number in range(300):
            bucket.put(f"inbox/{number}.pdf")
        together(*(lambda: make_sweeper(database, queue, bucket).sweep_bucket(Shutdown()) for _ in range(4)))
        assert len(queue.sent) == 300
        assert set(queue.sent.values()) == {1}

    def test_erasing(self, database: Database, queue: MemoryQueue, bucket: MemoryBucket) -> None:
        for number in range(20):
            bucket.put(f"inbox/{number}.pdf")
        make_sweeper(database, queue, bucket).sweep_bucket(Shutdown())
        for document_id in list(queue.sent):
            with database.begin() as connection:
                assert documents.delete(connection, document_id) is not None
        erased: list[int] = []
        together(*(lambda: erased.append(erase_due(database, cast(Any, bucket))) for _ in range(4)))
        assert sum(erased) == 20
        assert all(bucket.keys[key] == [] for key in bucket.keys)


def test_the_number_of_a_message() -> None:
    assert send_number(f"{uuid4()}:17") == 17
    assert send_number(f"{uuid4()}:3:18") == 18
    assert send_number(str(uuid4())) is None
