"""One run of one document, against a real database and parser: every way it can end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from celery import Celery
from sqlalchemy import Connection, func, text, update

from ingest.adapters.parser.reader import ParserReader
from ingest.db import documents, sending
from ingest.db.engine import Database
from ingest.db.schema import chunk_vectors, chunks, descriptions
from ingest.db.schema import documents as document_table
from ingest.domain.documents import CeleryState, Source, Status
from ingest.domain.objects import Fetched, ObjectVersion
from ingest.errors import (
    AiRateLimited,
    AiRejected,
    AiUnavailable,
    BandejaError,
    DatabaseUnavailable,
    StorageRefused,
    StorageUnavailable,
)
from ingest.pipeline.replay import replay
from ingest.queue import CeleryQueue, celery_configuration
from ingest.shutdown import Shutdown
from tests.support import made
from tests.support.desk import CountingOcr, FolderStore
from tests.support.runs import AnyVersion, Bench, Scans


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1 << 30, page_seconds=20, max_pages=100)
    yield reader
    reader.stop()


@pytest.fixture
def bench(database: Database, reader: ParserReader, tmp_path: Path) -> Bench:
    file = tmp_path / "carta.pdf"
    file.write_bytes(made.born_digital("trámite", 3))
    return Bench(database, reader, file)


def test_a_document_goes_through_both_queues(bench: Bench) -> None:
    stored = bench.run()
    assert (stored.status, stored.queue, stored.searchable, stored.stored) == (Status.PROCESSING, "embed", True, True)
    assert bench.recorder.sent == ["embed"]
    done = bench.run("embed")
    assert (done.status, done.progress, done.attempt, done.stage) == (Status.COMPLETED, 100, 1, "finalize")
    assert bench.count(chunk_vectors) == bench.count(chunks) > 0
    states = [state for state, _, _ in bench.recorder.shown]
    assert set(states[:-1]) == {CeleryState.PROGRESS}
    assert states[-1] is CeleryState.SUCCESS
    percents = [percent for _, percent, _ in bench.recorder.shown]
    assert percents == sorted(percents)


def test_a_second_message_is_a_no_op(bench: Bench) -> None:
    bench.run()
    bench.run("embed")
    done, shown = bench.row(), list(bench.recorder.shown)
    assert bench.run() == done
    assert bench.run("embed") == done
    assert bench.recorder.shown == shown


def test_a_transient_error_waits_and_goes_on_where_it_stopped(bench: Bench) -> None:
    bench.script.steps = [AiUnavailable(), AiRateLimited()]
    for retry in (1, 2):
        waiting = bench.run()
        assert (waiting.status, waiting.retries, waiting.state) == (Status.QUEUED, retry, CeleryState.RETRY)
    assert waiting.error_code == "ai_rate_limited"
    assert bench.run().searchable
    assert bench.run("embed").status is Status.COMPLETED
    assert bench.script.described == 1


def test_the_fourth_failure_is_an_error(bench: Bench) -> None:
    bench.script.steps = [StorageRefused() for _ in range(4)]
    for _ in range(4):
        ended = bench.run()
    assert (ended.status, ended.error_code, ended.retries, ended.attempt) == (Status.ERROR, "storage_refused", 3, 4)
    assert bench.recorder.shown[-1][0] is CeleryState.FAILURE


def test_a_permanent_error_ends_at_once_and_can_be_replayed(bench: Bench) -> None:
    bench.script.steps = [AiRejected()]
    assert bench.run().error_code == "ai_rejected"
    with bench.database.begin() as connection:
        replay(connection, bench.document_id)
    assert bench.run().searchable


def test_an_outage_costs_no_attempt(bench: Bench) -> None:
    class Away(FolderStore):
        def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
            raise StorageUnavailable

    bench.use(store=Away())
    away = bench.run()
    assert (away.status, away.retries, away.crashes, away.error_code) == (Status.PROCESSING, 0, 0, None)
    assert away.next_run_at is not None
    assert away.lease_token is None


def test_an_object_that_the_store_refuses_ends_in_error(bench: Bench) -> None:
    class Refusing(FolderStore):
        def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
            raise StorageRefused("InvalidRequest")

    bench.use(store=Refusing())
    waiting = bench.run()
    assert (waiting.status, waiting.retries, waiting.state) == (Status.QUEUED, 1, CeleryState.RETRY)
    for _ in range(3):
        ended = bench.run()
    assert (ended.status, ended.error_code) == (Status.ERROR, "storage_refused")


class TestShutdown:
    """The run stops behind its last checkpoint, and somebody else goes on there at once; it was no failure."""

    @pytest.fixture
    def shutdown(self, bench: Bench) -> Shutdown:
        shutdown = Shutdown()
        bench.runtime = replace(bench.runtime, shutdown=shutdown)
        return shutdown

    def restart(self, bench: Bench) -> None:
        bench.runtime = replace(bench.runtime, shutdown=Shutdown())

    def test_within_a_scan(self, bench: Bench, shutdown: Shutdown) -> None:
        class Slow(CountingOcr):
            def read(self, raster: Any, languages: str, share: float = 1.0) -> Any:
                shutdown.ask()
                return super().read(raster, languages, share)

        ocr = Slow()
        bench.use(ocr=ocr, store=Scans())
        given_back = bench.run()
        assert (given_back.status, given_back.lease_token, given_back.next_run_at) == (Status.PROCESSING, None, None)
        assert (given_back.retries, given_back.crashes, given_back.attempt) == (0, 0, 1)
        assert bench.recorder.sent == ["documents"]
        assert len(ocr.rasters) == 1
        self.restart(bench)
        stored = bench.run()
        assert (stored.searchable, stored.attempt, stored.claims) == (True, 1, 2)
        assert len(ocr.rasters) == 3, "no page is read twice"

    def test_between_stages(self, bench: Bench, shutdown: Shutdown) -> None:
        bench.script.steps = [shutdown.ask]
        assert bench.run().lease_token is None
        self.restart(bench)
        assert bench.run().searchable
        assert bench.script.described == 1

    def test_between_batches_of_vectors(self, bench: Bench, shutdown: Shutdown) -> None:
        self.restart(bench)
        bench.run()
        bench.runtime = replace(bench.runtime, shutdown=shutdown)
        bench.script.steps = [shutdown.ask]
        given_back = bench.run("embed")
        assert (given_back.status, given_back.queue, bench.script.embedded) == (Status.PROCESSING, "embed", 1)
        self.restart(bench)
        assert bench.run("embed").status is Status.COMPLETED
        assert bench.script.embedded == bench.count(chunks)
        assert bench.row().attempt == 1

    def test_a_step_that_does_not_end_in_time_changes_nothing_more(self, bench: Bench) -> None:
        shutdown = Shutdown(patience=0)
        bench.runtime = replace(bench.runtime, shutdown=shutdown)

        def hang() -> None:
            shutdown.ask()
            while bench.row().lease_token is not None:
                sleep(0.02)

        bench.script.steps = [hang]
        given_back = bench.run()
        assert (given_back.status, given_back.crashes, given_back.attempt) == (Status.PROCESSING, 0, 1)
        assert bench.count(descriptions) == 0
        assert bench.recorder.sent == ["documents"], "sent once, by the heartbeat"


def test_an_outage_of_the_queue_costs_nothing(bench: Bench) -> None:
    """Nothing is mirrored and nothing sent, so the sweeper sends it: the row says that nobody has taken it."""
    nowhere = "redis://127.0.0.1:1/0"
    app = Celery("away")
    settings = SimpleNamespace(broker_url=nowhere, result_backend=nowhere, task_time_limit=60, timezone="UTC")
    app.conf.update(celery_configuration(cast(Any, settings)))
    bench.runtime = replace(bench.runtime, queue=CeleryQueue(app))
    stored = bench.run()
    assert (stored.status, stored.queue, stored.searchable) == (Status.PROCESSING, "embed", True)
    assert (stored.attempt, stored.retries, stored.crashes, stored.lease_token) == (1, 0, 0, None)
    with bench.database.begin() as connection:
        unsent = sending.take_unsent(connection, ["embed"], empty_queues=["embed"], grace_seconds=0)
    assert [row.id for row in unsent] == [bench.document_id]
    assert bench.run("embed").status is Status.COMPLETED


class TestOutagesOfTheDatabase:
    """Longer than the lease or not: no counter is raised, and whoever was at work goes on or lets go."""

    def test_a_lease_that_ran_out_in_an_outage_lives_again(self, bench: Bench) -> None:
        away = Away(bench.database)
        bench.use(database=away)
        bench.runtime = replace(bench.runtime, lease_seconds=1.0)

        def outage() -> None:
            away.is_away = True
            while (bench.row().lease_until or datetime.max.replace(tzinfo=UTC)) > datetime.now(UTC):
                sleep(0.05)
            away.is_away = False
            while (bench.row().lease_until or datetime.min.replace(tzinfo=UTC)) < datetime.now(UTC):
                sleep(0.05)

        bench.script.steps = [outage]
        stored = bench.run()
        assert (stored.searchable, stored.attempt, stored.claims) == (True, 1, 1)
        assert (stored.crashes, stored.retries) == (0, 0)

    def test_a_claim_whose_answer_was_lost_is_let_go_of(self, bench: Bench) -> None:
        """The server took the commit and died before it said so: nobody would know of the lease."""
        bench.use(database=Unanswered(bench.database))
        let_go = bench.run()
        assert (let_go.status, let_go.lease_token, let_go.sent_seq) == (Status.PROCESSING, None, None)
        assert (let_go.crashes, let_go.retries, let_go.claims, let_go.attempt) == (0, 0, 1, 1)
        stored = bench.run()
        assert (stored.searchable, stored.attempt) == (True, 1)

    def test_a_claim_that_never_reached_the_server_leaves_the_row_alone(self, bench: Bench) -> None:
        bench.use(database=Unanswered(bench.database, reached=False))
        before = bench.row()
        assert bench.run() == before

    @pytest.mark.parametrize("failure", [AiRejected, AiUnavailable])
    def test_an_end_that_could_not_be_written_within_the_lease_is_no_crash(
        self, bench: Bench, failure: type[BandejaError]
    ) -> None:
        def outage() -> None:
            expire(bench)
            raise failure

        bench.script.steps = [outage]
        let_go = bench.run()
        assert (let_go.status, let_go.lease_token, let_go.sent_seq) == (Status.PROCESSING, None, None)
        assert (let_go.crashes, let_go.retries, let_go.attempt) == (0, 0, 1)
        bench.script.steps = [AiRejected()]
        ended = bench.run()
        assert (ended.status, ended.error_code, ended.attempt) == (Status.ERROR, "ai_rejected", 1)

    def test_a_run_that_comes_back_late_lets_go_instead_of_crashing(self, bench: Bench) -> None:
        bench.script.steps = [lambda: expire(bench)]
        let_go = bench.run()
        assert (let_go.status, let_go.lease_token, let_go.sent_seq) == (Status.PROCESSING, None, None)
        assert (let_go.crashes, let_go.retries, let_go.attempt) == (0, 0, 1)
        assert bench.count(descriptions) == 0
        assert bench.run().searchable


class Away(Database):
    """A database whose server can be away."""

    def __init__(self, real: Database) -> None:
        self.engine, self.is_away = real.engine, False

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        if self.is_away:
            raise DatabaseUnavailable
        with super().begin() as connection:
            yield connection


class Unanswered(Database):
    """A database that goes away in its first transaction, before or after the commit reached it."""

    def __init__(self, real: Database, *, reached: bool = True) -> None:
        self.engine, self._reached, self._goes = real.engine, reached, True

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        goes, self._goes = self._goes, False
        with super().begin() as connection:
            yield connection
            if goes and not self._reached:
                raise DatabaseUnavailable
        if goes:
            raise DatabaseUnavailable


def expire(bench: Bench) -> None:
    """The lease runs out, as for a process that was frozen."""
    with bench.database.begin() as connection:
        connection.execute(update(document_table).values(lease_until=func.clock_timestamp() - text("interval '1 second'")))


@pytest.mark.parametrize(
    ("bug", "code"), [(ZeroDivisionError(), "internal"), (MemoryError(), "parser_memory"), (TimeoutError(), "parser_timeout")]
)
def test_what_nobody_foresaw_ends_the_row_with_a_code(bench: Bench, bug: BaseException, code: str) -> None:
    bench.script.steps = [bug]
    ended = bench.run()
    assert (ended.status, ended.error_code, ended.lease_token) == (Status.ERROR, code, None)


def test_a_cancelled_run_changes_nothing_more(bench: Bench) -> None:
    def cancel() -> None:
        with bench.database.begin() as connection:
            documents.cancel(connection, bench.document_id)

    bench.script.steps = [cancel]
    ended = bench.run()
    assert (ended.status, ended.searchable) == (Status.CANCELLED, False)
    assert bench.count(chunks) == 0
    assert bench.recorder.shown[-1][0] is CeleryState.REVOKED


def test_embedding_goes_on_behind_its_last_batch(bench: Bench) -> None:
    bench.run()
    bench.script.steps = [lambda: None, AiUnavailable()]
    waiting = bench.run("embed")
    assert (waiting.status, waiting.queue, waiting.searchable) == (Status.QUEUED, "embed", True)
    before = bench.script.embedded
    assert bench.run("embed").status is Status.COMPLETED
    assert before == 1
    assert bench.script.embedded == bench.count(chunks)
    assert bench.script.described == 1


def test_the_same_bytes_again_are_read_and_embedded_once(bench: Bench, reader: ParserReader, tmp_path: Path) -> None:
    bench.run()
    bench.run("embed")
    twin_file = tmp_path / "copia.pdf"
    twin_file.write_bytes((tmp_path / "carta.pdf").read_bytes())
    twin = Bench(bench.database, reader, twin_file)
    twin.run()
    assert twin.run("embed").status is Status.COMPLETED
    assert (twin.script.described, twin.script.embedded) == (0, 0)
    assert twin.count(chunk_vectors) == twin.count(chunks)


def test_a_replay_from_the_start_stays_in_search_and_pays_for_nothing_twice(bench: Bench) -> None:
    bench.run()
    bench.run("embed")
    with bench.database.begin() as connection:
        queued = replay(connection, bench.document_id, "clean")
    assert (queued.status, queued.searchable, queued.stored) == (Status.QUEUED, True, False)
    bench.run()
    bench.run("embed")
    assert bench.row().status is Status.COMPLETED
    with bench.database.begin() as connection:
        replay(connection, bench.document_id, "embed")
    assert bench.count(chunk_vectors) == 0
    assert bench.run("embed").status is Status.COMPLETED


def test_a_late_older_version_gives_way(bench: Bench, reader: ParserReader, tmp_path: Path) -> None:
    bench.run()
    older = uuid4()
    with bench.database.begin() as connection:
        version = ObjectVersion("bucket", str(tmp_path / "carta.pdf"), "v0", sequencer="18A1B2C3D4E5F600", size=10)
        documents.arrive(connection, older, version, source=Source.OTHER, filename="carta.pdf")
    bench.use(store=AnyVersion())
    bench.document_id, newer = older, bench.document_id
    assert bench.run().status is Status.SUPERSEDED
    bench.document_id = newer
    assert bench.row().searchable
