"""Work that is halted takes no document, whatever messages lie in the queues; one that is drained finishes what was begun."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from ingest.adapters.parser.reader import ParserReader
from ingest.db import batches, halts, leases, sending
from ingest.db.engine import Database
from ingest.db.halts import Halt, Mode, Reason
from ingest.db.schema import documents
from ingest.domain.documents import Status
from ingest.domain.queues import DOCUMENT_QUEUES
from ingest.upkeep import disks
from tests.support import made
from tests.support.runs import Bench


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserReader]:
    parser = ParserReader(memory_bytes=1 << 30, page_seconds=20, max_pages=100)
    yield parser
    parser.stop()


@pytest.fixture
def bench(database: Database, parser: ParserReader, tmp_path: Path) -> Bench:
    file = tmp_path / "carta.pdf"
    file.write_bytes(made.born_digital(f"pausa {uuid4()}", 1))
    return Bench(database, parser, file)


def halt(database: Database, mode: Mode, reason: Reason = Reason.ASKED) -> None:
    with database.begin() as connection:
        halts.halt(connection, mode, reason)


def resume(database: Database, reason: Reason | None = None) -> bool:
    with database.begin() as connection:
        return halts.resume(connection, reason)


def unsent(database: Database) -> int:
    with database.begin() as connection:
        found = sending.take_unsent(connection, DOCUMENT_QUEUES, empty_queues=set(DOCUMENT_QUEUES), grace_seconds=0)
        return len(found) + len(batches.take_unsent(connection, empty_queues=set(), grace_seconds=0))


def test_nothing_is_begun_while_paused_and_all_is_sent_again(bench: Bench) -> None:
    halt(bench.database, Mode.PAUSED)
    assert bench.run().status is Status.QUEUED
    assert unsent(bench.database) == 0
    assert resume(bench.database)
    assert unsent(bench.database) == 1
    assert not resume(bench.database)
    assert bench.run().stored


def test_what_was_begun_waits_too_while_paused(bench: Bench) -> None:
    assert bench.run().queue == "embed"
    halt(bench.database, Mode.PAUSED)
    assert bench.run("embed").status is Status.PROCESSING
    assert unsent(bench.database) == 0
    resume(bench.database)
    assert bench.run("embed").status is Status.COMPLETED


def test_drained_finishes_what_was_begun(bench: Bench, parser: ParserReader, tmp_path: Path) -> None:
    bench.run()
    other = tmp_path / "otra.pdf"
    other.write_bytes(made.born_digital(f"otra {uuid4()}", 1))
    behind = Bench(bench.database, parser, other)
    halt(bench.database, Mode.DRAINING)
    assert behind.run().status is Status.QUEUED
    with bench.database.begin() as connection:
        assert halts.begun(connection) == 1
    assert bench.run("embed").status is Status.COMPLETED
    with bench.database.begin() as connection:
        assert halts.begun(connection) == 0


def test_no_claim_slips_through(bench: Bench) -> None:
    """The condition stands in the claim itself: a worker that looked before the halt takes nothing after it."""
    halt(bench.database, Mode.PAUSED)
    with bench.database.begin() as connection:
        assert leases.claim(connection, bench.document_id, "documents", 30) is None
        rows = connection.execute(select(documents.c.attempt, documents.c.claims)).all()
    assert rows == [(0, 0)]


GB = 1024**3


class Disk:
    """A disk of 100 GB that has as much free as is said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, total: int = 100 * GB) -> None:
        self.total, self.free = total, total
        monkeypatch.setattr(disks.shutil, "disk_usage", lambda _: SimpleNamespace(total=self.total, free=self.free))

    def look(self, database: Database, folder: Path, free: float, least: int = GB) -> Halt | None:
        self.free = round(free)
        disks.watch(database, [folder, folder / "absent"], least)
        with database.begin() as connection:
            return halts.current(connection)


def test_a_full_disk_pauses_and_room_resumes(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    assert disk.look(database, tmp_path, 2 * GB) is None
    halted = disk.look(database, tmp_path, 0.9 * GB)
    assert halted is not None
    assert (halted.mode, halted.reason) == (Mode.PAUSED, Reason.DISK)
    assert disk.look(database, tmp_path, 1.1 * GB) == halted, "a little more than the least is not enough"
    assert disk.look(database, tmp_path, 1.3 * GB) is None


def test_a_small_disk_is_asked_for_a_twentieth(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch, total=GB)
    assert disk.look(database, tmp_path, 0.1 * GB) is None
    assert disk.look(database, tmp_path, 0.04 * GB) is not None
    assert disk.look(database, tmp_path, 0.07 * GB) is None


def test_who_paused_is_not_resumed_by_a_disk(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halt(database, Mode.PAUSED)
    disk = Disk(monkeypatch)
    disk.look(database, tmp_path, 0)
    halted = disk.look(database, tmp_path, 50 * GB)
    assert halted is not None
    assert halted.reason is Reason.ASKED
    assert not resume(database, Reason.DISK)


def test_nothing_is_watched_unless_it_is_set(database: Database, tmp_path: Path) -> None:
    disks.watch(database, [], 1 << 60)
    disks.watch(database, [tmp_path], 0)
    with database.begin() as connection:
        assert halts.current(connection) is None
