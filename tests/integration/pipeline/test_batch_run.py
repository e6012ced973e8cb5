"""A large scan read in page batches, against a real database and parser: every way a batch can end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from ingest.adapters.parser.reader import ParserReader
from ingest.db import batches, documents, leases, sending, versions
from ingest.db.engine import Database
from ingest.db.schema import page_batches, page_texts
from ingest.domain.batches import PageBatch
from ingest.domain.documents import CeleryState, Document, Source, Status
from ingest.domain.eta import eta_seconds
from ingest.domain.objects import Fetched, ObjectVersion
from ingest.domain.queues import BATCH_QUEUES, FIRST_BATCHES, LATER_PAGES, QUEUES, queue_of
from ingest.errors import BandejaError, CorruptFile, LeaseLost, ParserTimeout, StorageUnavailable, TransientError
from ingest.pipeline import batch_run, document_run
from ingest.pipeline.replay import replay
from ingest.pipeline.under_lease import Runtime
from ingest.pipeline.work import Tools
from ingest.reading.file_cache import FileCache
from ingest.reading.ports import OcrText, Raster
from ingest.shutdown import Shutdown
from ingest.upkeep.rows import bury_dead_batches
from tests.support import made
from tests.support.desk import CountingMetrics, CountingOcr, FolderStore, GivenPasswords
from tests.support.runs import Recorder, Script

PAGES = 10


@dataclass
class FaultyOcr(CountingOcr):
    """Does as told, call by call, and else says the same of every page."""

    steps: list[BaseException | Callable[[], None] | None] = field(default_factory=list)

    def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
        step = self.steps.pop(0) if self.steps else None
        if isinstance(step, BaseException):
            raise step
        if step is not None:
            step()
        return super().read(raster, languages, share)


class CountingStore(FolderStore):
    def __init__(self) -> None:
        self.downloads = 0
        self.away = False

    def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
        if self.away:
            raise StorageUnavailable
        self.downloads += 1
        return super().download(key, version_id, to, at_most=at_most)


class Bench:
    """What runs of documents have of their process, what those of batches have, and one scan."""

    def __init__(self, database: Database, reader: ParserReader, folder: Path, body: bytes) -> None:
        self.database, self.recorder, self.ocr, self.store = database, Recorder(), FaultyOcr(), CountingStore()
        script = Script(batch_size=50)
        (folder / "work").mkdir()
        tools = Tools(
            database=database,
            store=cast(Any, self.store),
            reader=reader,
            passwords=GivenPasswords(),
            ocr=self.ocr,
            describer=script,
            embedder=script,
            metrics=CountingMetrics(),
            ocr_languages="spa",
            max_bytes=10_000_000,
            files=FileCache(folder / "files", 10_000_000),
            batch_threshold=4,
            batch_pages=3,
        )
        self.runtime = Runtime(tools, self.recorder, lease_seconds=30, retry_delays=(0.0, 0.0, 0.0))
        self.batch_runtime = Runtime(tools, self.recorder, lease_seconds=30, retry_delays=(0.0, 0.0))
        self.file = folder / "escaneo.pdf"
        self.file.write_bytes(body)
        self.document_id = self.arrive(self.file)

    def arrive(self, file: Path) -> UUID:
        document_id = uuid4()
        version = ObjectVersion("bucket", str(file), "v1", sequencer="18A1B2C3D4E5F607", size=file.stat().st_size)
        with self.database.begin() as connection:
            documents.arrive(connection, document_id, version, source=Source.OTHER, filename=file.name)
        return document_id

    def run(self, queue: str = "documents") -> Document:
        document_run.run(self.runtime, self.document_id, queue)
        return self.row()

    def row(self) -> Document:
        with self.database.begin() as connection:
            found = documents.find(connection, self.document_id)
        assert found is not None
        return found

    def out(self) -> list[PageBatch]:
        """The batches that were sent since the last call."""
        sent, self.recorder.batches = self.recorder.batches, []
        return sent

    def read(self, batch: PageBatch, number: int | None = None) -> Document:
        """By the message of this number, or by one without."""
        batch_run.run(self.batch_runtime, batch.document_id, batch.ordinal, number)
        return self.row()

    def read_all(self) -> Document:
        for batch in self.out():
            self.read(batch)
        return self.row()

    def expire(self, batch: PageBatch) -> None:
        """A worker claims the batch and is never heard of again."""
        with self.database.begin() as connection:
            assert batches.claim(connection, batch.document_id, batch.ordinal, 30) is not None
            connection.execute(text("UPDATE page_batches SET lease_until = now() - interval '1 s' WHERE lease_token IS NOT NULL"))

    def bury(self, max_crashes: int = 3) -> None:
        bury_dead_batches(self.database, max_crashes, 0, self.recorder.send)

    def faults(self) -> dict[int, str]:
        with self.database.begin() as connection:
            rows = connection.execute(select(page_texts.c.page, page_texts.c.fault).where(page_texts.c.fault != ""))
            return {row.page: row.fault for row in rows}

    def count(self, table: Any) -> int:
        with self.database.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1 << 30, page_seconds=20, max_pages=2000)
    yield reader
    reader.stop()


@pytest.fixture(scope="module")
def scan() -> bytes:
    return made.scan("lotes", PAGES, dpi=40)


@pytest.fixture
def bench(database: Database, reader: ParserReader, tmp_path: Path, scan: bytes, monkeypatch: pytest.MonkeyPatch) -> Bench:
    # As workers do: temporary files lie on the cache's disk.
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    return Bench(database, reader, tmp_path, scan)


def test_a_large_scan_is_left_to_batches_and_goes_on_when_the_last_is_read(bench: Bench) -> None:
    reading = bench.run()
    assert (reading.status, reading.queue, reading.lease_token) == (Status.PROCESSING, "pages", None)
    assert (reading.pages_total, reading.pages_left, reading.pages_known, reading.stage) == (PAGES, PAGES, 0, "extract")
    out = bench.out()
    assert sorted(page for batch in out for page in batch.pages) == list(range(1, PAGES + 1))
    done, progress = [], []
    for batch in out:
        row = bench.read(batch)
        done.append(row.pages_done)
        progress.append(row.progress)
        assert row.state is CeleryState.PROGRESS
    assert (row.queue, row.pages_left, row.attempt, bench.recorder.sent) == ("documents", None, 1, ["documents"])
    assert done == sorted(done)
    assert progress == sorted(progress)
    assert (done[-1], progress[-1]) == (PAGES, 20)
    stored = bench.run()
    assert (stored.queue, stored.searchable, stored.attempt, stored.degraded_pages) == ("embed", True, 1, [])
    assert bench.run("embed").status is Status.COMPLETED
    assert len(bench.ocr.rasters) == PAGES
    assert bench.store.downloads == 1, "neither the batches nor the last run fetched it again"
    assert {state for state, _, _ in bench.recorder.shown[:-1]} == {CeleryState.PROGRESS}
    percents = [percent for _, percent, _ in bench.recorder.shown]
    assert percents == sorted(percents)


def test_layers_are_read_before_the_batches_go_out(database: Database, reader: ParserReader, tmp_path: Path) -> None:
    body = made.mixed_pages("mezcla", layers=3, scans=6)
    bench = Bench(database, reader, tmp_path, body)
    row = bench.run()
    assert (row.pages_known, row.pages_done, row.pages_left, row.pages_total) == (3, 3, 6, 9)
    assert {page for batch in bench.out() for page in batch.pages} == set(range(4, 10))


def test_a_message_for_a_batch_that_is_done_or_taken_is_a_no_op(bench: Bench) -> None:
    bench.run()
    first, *others = bench.out()
    bench.read(first)
    left = bench.row().pages_left
    bench.read(first)
    assert (bench.row().pages_left, len(bench.ocr.rasters)) == (left, len(first.pages))
    with bench.database.begin() as connection:
        assert batches.claim(connection, bench.document_id, others[0].ordinal, 30) is not None
    bench.read(others[0])
    assert bench.row().pages_left == left


def test_no_document_worker_takes_it_while_its_pages_are_out(bench: Bench) -> None:
    row = bench.run()
    for queue in QUEUES:
        with bench.database.begin() as connection:
            assert leases.claim(connection, row.id, queue, 30) is None
    with bench.database.begin() as connection:
        assert sending.take_unsent(connection, QUEUES, empty_queues=QUEUES, grace_seconds=0) == []


def test_an_outage_releases_the_batch_and_costs_nothing(bench: Bench) -> None:
    bench.run()
    batch = bench.out()[0]
    bench.batch_runtime.tools.files.drop(bench.row().content_sha256 or b"")
    bench.store.away = True
    row = bench.read(batch)
    assert (row.status, row.error_code) == (Status.PROCESSING, None)
    with bench.database.begin() as connection:
        kept = connection.execute(select(page_batches).where(page_batches.c.ordinal == batch.ordinal)).one()
    assert (kept.retries, kept.crashes, kept.lease_token, kept.sent_seq, kept.done) == (0, 0, None, None, False)
    assert kept.next_run_at is not None


def test_a_transient_error_has_a_clock_of_its_own_and_then_ends_the_document(bench: Bench) -> None:
    class Flaky(TransientError):
        code = "storage_unavailable"

    bench.run()
    batch = bench.out()[0]
    for _ in range(2):
        bench.ocr.steps = [Flaky()]
        assert bench.read(batch).status is Status.PROCESSING
    bench.ocr.steps = [Flaky()]
    ended = bench.read(batch)
    assert (ended.status, ended.error_code, ended.retries, ended.attempt) == (Status.ERROR, "storage_unavailable", 0, 1)
    assert bench.recorder.shown[-1][0] is CeleryState.FAILURE


@pytest.mark.parametrize("bug", [ZeroDivisionError(), MemoryError(), TimeoutError()])
def test_what_nobody_foresaw_ends_the_document(bench: Bench, bug: BaseException) -> None:
    bench.run()
    bench.ocr.steps = [bug]
    ended = bench.read(bench.out()[0])
    assert ended.status is Status.ERROR
    assert ended.error_code in {"internal", "parser_memory", "parser_timeout"}


@pytest.mark.parametrize("fault", [ParserTimeout(), CorruptFile()])
def test_a_page_that_cannot_be_read_costs_itself_alone(bench: Bench, fault: BandejaError) -> None:
    bench.run()
    out = bench.out()
    bench.ocr.steps = [None, fault]
    for batch in out:
        bench.read(batch)
    bad = out[0].pages[1]
    assert bench.faults() == {bad: fault.code}
    stored = bench.run()
    assert (stored.searchable, stored.degraded_pages) == (True, [bad])
    assert bench.run("embed").status is Status.COMPLETED
    with bench.database.begin() as connection:
        assert replay(connection, bench.document_id).queue == "documents"
    again = bench.run()
    assert (again.degraded_pages, again.searchable, again.attempt) == ([], True, 2)
    assert len(bench.ocr.rasters) == PAGES, "only the bad page was read again"


def test_with_fewer_than_half_of_its_pages_it_ends_in_the_first_bad_ones_error(bench: Bench) -> None:
    bench.run()
    bench.ocr.steps = [None, ParserTimeout(), *[CorruptFile()] * 20]
    ended = bench.read_all()
    assert (ended.status, ended.error_code) == (Status.ERROR, "parser_timeout")
    assert len(bench.faults()) == PAGES // 2 + 1, "the others are not even tried: each may take half a minute"


def test_a_crash_costs_the_page_in_hand_and_past_the_cap_the_rest_of_the_batch(bench: Bench) -> None:
    bench.run()
    poison, *others = bench.out()
    bench.ocr.steps = [None, KeyboardInterrupt()]  # the worker is killed during the second page
    with pytest.raises(KeyboardInterrupt):
        bench.read(poison)
    for crashes in range(1, 5):
        with bench.database.begin() as connection:
            connection.execute(text("UPDATE page_batches SET lease_until = now() - interval '1 s' WHERE lease_token IS NOT NULL"))
        bench.bury()
        with bench.database.begin() as connection:
            row = connection.execute(select(page_batches).where(page_batches.c.ordinal == poison.ordinal)).one()
        assert (row.crashes, row.done, row.sent_seq) == (crashes, crashes == 4, None if crashes < 4 else row.sent_seq)
        if crashes < 4:
            bench.expire(poison)
    assert bench.faults() == dict.fromkeys(poison.pages[1:], "worker_lost")
    assert bench.row().pages_left == PAGES - len(poison.pages)
    for batch in others:
        bench.read(batch)
    assert bench.run().degraded_pages == list(poison.pages[1:])


def test_a_poisonous_last_batch_sends_the_document_on(bench: Bench) -> None:
    bench.run()
    *others, poison = bench.out()
    for batch in others:
        bench.read(batch)
    bench.expire(poison)
    bench.bury(max_crashes=0)
    assert bench.recorder.sent == ["documents"]
    assert bench.run().searchable


def test_a_page_kept_lets_crashes_count_from_0_again(bench: Bench) -> None:
    bench.run()
    batch = bench.out()[0]
    bench.expire(batch)
    bench.bury()
    bench.ocr.steps = [None, KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        bench.read(batch)
    with bench.database.begin() as connection:
        row = connection.execute(select(page_batches).where(page_batches.c.ordinal == batch.ordinal)).one()
    assert row.crashes == 0


@pytest.mark.parametrize("how", ["cancel", "delete", "remove"])
def test_batches_of_a_document_that_is_gone_are_void(bench: Bench, how: str) -> None:
    row = bench.run()
    first, second, *_ = bench.out()

    def take_away() -> None:
        with bench.database.begin() as connection:
            if how == "cancel":
                documents.cancel(connection, row.id)
            elif how == "delete":
                documents.delete(connection, row.id)
            else:
                versions.remove(connection, [row])

    bench.ocr.steps = [take_away]
    ended = bench.read(first)
    assert ended.state is CeleryState.REVOKED
    assert bench.recorder.shown[-1][0] is CeleryState.REVOKED
    assert bench.count(page_texts) == 0
    assert bench.read(second) == ended
    with bench.database.begin() as connection:
        assert batches.take_unsent(connection, empty_queues=BATCH_QUEUES, grace_seconds=0) == []
        assert batches.remove_void(connection) > 0
    assert bench.count(page_batches) == 0


def test_a_replay_after_a_cancellation_begins_a_new_attempt_and_goes_on_where_it_was(bench: Bench) -> None:
    bench.run()
    first, stale, *_ = bench.out()
    bench.read(first)
    with bench.database.begin() as connection:
        held = batches.claim(connection, stale.document_id, stale.ordinal, 30)
        documents.cancel(connection, bench.document_id)
    with bench.database.begin() as connection:
        replay(connection, bench.document_id)
    row = bench.run()
    assert (row.attempt, row.pages_known, row.pages_left) == (2, len(first.pages), PAGES - len(first.pages))
    assert held is not None
    with pytest.raises(LeaseLost), bench.database.begin() as connection:
        batches.fence(connection, held[2])
    bench.read_all()
    assert bench.run().searchable
    assert len(bench.ocr.rasters) == PAGES


def test_the_same_bytes_in_batches_are_read_once(bench: Bench) -> None:
    bench.run()
    twin = bench.file.with_name("gemelo.pdf")
    twin.write_bytes(bench.file.read_bytes())
    first, bench.document_id = bench.document_id, bench.arrive(twin)
    bench.run()
    out = bench.out()
    for batch in sorted(out, key=lambda batch: batch.ordinal):  # by turns
        bench.read(batch)
    assert len(bench.ocr.rasters) == PAGES
    assert bench.run().searchable
    bench.document_id = first
    assert bench.run().searchable


class TestSendingAgain:
    def unsent(self, bench: Bench, *, empty: bool = False) -> list[int]:
        with bench.database.begin() as connection:
            unsent = batches.take_unsent(connection, empty_queues=BATCH_QUEUES if empty else (), grace_seconds=0)
        return sorted(one.ordinal for one in unsent)

    def test_a_waiting_queue_is_not_sent_twice(self, bench: Bench) -> None:
        bench.run()
        assert self.unsent(bench) == []

    def test_what_was_overtaken_is_sent_again_once(self, bench: Bench) -> None:
        bench.run()
        first, second, third, *_ = bench.out()
        bench.read(third, third.sent_seq)
        assert self.unsent(bench) == [first.ordinal, second.ordinal]
        assert self.unsent(bench) == []

    def test_an_empty_queue_holds_no_message(self, bench: Bench) -> None:
        bench.run()
        assert self.unsent(bench, empty=True) == [batch.ordinal for batch in bench.out()]

    def test_the_first_pages_of_another_scan_overtake_none_of_the_later_ones(self, bench: Bench) -> None:
        bench.runtime = replace(bench.runtime, tools=replace(bench.runtime.tools, batch_pages=1))
        bench.run()
        first, *others = bench.out()
        later = others[FIRST_BATCHES - 1 :]
        assert (queue_of(first.ordinal), {queue_of(one.ordinal) for one in later}) == ("pages", {LATER_PAGES})
        with bench.database.begin() as connection:  # sent again: its number is now the highest of all
            assert batches.claim(connection, first.document_id, first.ordinal, 30) is not None
            connection.execute(text("UPDATE page_batches SET claimed_seq = 1000000 WHERE ordinal = 0"))
        waiting = self.unsent(bench)
        assert waiting, "those of its own queue are overtaken"
        assert all(ordinal < FIRST_BATCHES for ordinal in waiting)

    def test_a_dead_batch_is_sent_at_once(self, bench: Bench) -> None:
        bench.run()
        batch = bench.out()[0]
        bench.expire(batch)
        bench.bury()
        assert self.unsent(bench) == [batch.ordinal]


def test_the_time_left_is_that_of_the_pages_since_they_went_out(bench: Bench) -> None:
    bench.run()
    out = bench.out()
    assert eta_seconds(bench.row()) is None
    bench.read(out[0])
    row = bench.row()
    assert row.reading_since is not None
    took = (row.updated_at - row.reading_since).total_seconds()
    read = len(out[0].pages)
    assert eta_seconds(row, row.updated_at) == pytest.approx(took / read * (PAGES - read), abs=0.06)


def test_one_bad_page_of_a_small_document_costs_itself_alone(database: Database, reader: ParserReader, tmp_path: Path) -> None:
    bench = Bench(database, reader, tmp_path, made.scan("chico", 3, dpi=40))
    bench.ocr.steps = [None, ParserTimeout()]
    stored = bench.run()
    assert (stored.searchable, stored.degraded_pages, bench.faults()) == (True, [2], {2: "parser_timeout"})


def test_a_batch_reads_the_rows_bytes_or_none(bench: Bench) -> None:
    bench.run()
    bench.batch_runtime.tools.files.drop(bench.row().content_sha256 or b"")
    bench.file.write_bytes(made.scan("otro", PAGES, dpi=40))
    ended = bench.read(bench.out()[0])
    assert (ended.status, ended.error_code) == (Status.DELETED, "object_missing")
    assert bench.count(page_texts) == 0


def test_the_attempt_counts_no_batches_and_a_retry_after_them_reads_nothing(bench: Bench) -> None:
    bench.run()
    bench.read_all()
    bench.runtime = replace(bench.runtime, tools=replace(bench.runtime.tools, describer=Script(steps=[StorageUnavailable()])))
    assert bench.run().next_run_at is not None
    with bench.database.begin() as connection:
        connection.execute(text("UPDATE documents SET next_run_at = NULL"))
    assert bench.run().attempt == 1
    assert (len(bench.ocr.rasters), bench.store.downloads) == (PAGES, 1)


def test_a_shutdown_gives_the_batch_back_behind_its_last_page(bench: Bench) -> None:
    bench.run()
    batch = bench.out()[0]
    shutdown = Shutdown()
    bench.batch_runtime = replace(bench.batch_runtime, shutdown=shutdown)
    bench.ocr.steps = [shutdown.ask]
    assert bench.read(batch).pages_done == 1
    (again,) = bench.out()
    assert (again.ordinal, again.crashes, again.retries) == (batch.ordinal, 0, 0)
    assert (again.sent_seq or 0) > (batch.sent_seq or 0)
    bench.batch_runtime = replace(bench.batch_runtime, shutdown=Shutdown())
    assert bench.read(again).pages_done == len(batch.pages)
    assert len(bench.ocr.rasters) == len(batch.pages)


def test_a_worker_that_froze_past_its_lease_writes_nothing_and_counts_no_crash(bench: Bench) -> None:
    bench.run()
    batch = bench.out()[0]

    def freeze() -> None:
        with bench.database.begin() as connection:
            connection.execute(text("UPDATE page_batches SET lease_until = now() - interval '1 s' WHERE lease_token IS NOT NULL"))

    bench.ocr.steps = [freeze]
    assert bench.read(batch).pages_done == 0
    assert bench.count(page_texts) == 0
    with bench.database.begin() as connection:
        row = connection.execute(select(page_batches).where(page_batches.c.ordinal == batch.ordinal)).one()
    assert (row.crashes, row.lease_token, row.sent_seq) == (0, None, None)
