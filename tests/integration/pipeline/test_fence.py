"""A worker frozen or killed at any point of its run: what is written stays right, and nothing is paid for twice.

The points are the transactions of the run, every one of them. Frozen before one, the worker wakes when the sweeper has
counted the crash and another has the document: it changes nothing. Killed there, it leaves the rest to the next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from ingest.adapters.parser.reader import ParserReader
from ingest.db import dead_leases, leases
from ingest.db.engine import Database
from ingest.db.schema import metadata
from tests.integration.pipeline.test_document_run import reader
from tests.support import made
from tests.support.runs import Bench, Scans

__all__ = ["reader"]  # its fixture

PAGES = 2


class Freezing(Database):
    """A database before whose `at`-th transaction of the main thread the process freezes."""

    def __init__(self, bench: Bench, at: int) -> None:
        self.engine = bench.database.engine
        self._bench, self._at, self._begun = bench, at, 0
        self.seen_before: dict[str, list[Any]] | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        if current_thread() is main_thread():
            self._begun += 1
            if self._begun == self._at:
                self._freeze()
        with super().begin() as connection:
            yield connection

    def _freeze(self) -> None:
        bench = self._bench
        with bench.database.begin() as connection:
            connection.execute(
                text("UPDATE documents SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_token IS NOT NULL")
            )
            dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)
        row = bench.row()
        with bench.database.begin() as connection:
            leases.claim(connection, bench.document_id, row.queue, 600)
        self.seen_before = contents(bench.database)


def contents(database: Database) -> dict[str, list[Any]]:
    """Everything that is written down."""
    with database.begin() as connection:
        return {
            name: [tuple(map(str, row)) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for name, table in metadata.tables.items()
        }


@pytest.fixture
def bench(database: Database, reader: ParserReader, tmp_path: Path) -> Bench:
    file = tmp_path / "carta.pdf"
    file.write_bytes(made.born_digital("trámite", 1))
    bench = Bench(database, reader, file)
    bench.use(store=Scans(PAGES))
    return bench


def test_frozen_before_any_write_of_any_stage(database: Database, bench: Bench) -> None:
    real, points = bench.database, {"documents": 0, "embed": 0}
    for queue in points:
        at = 2  # the first is the claim
        while True:
            with real.begin() as connection:
                connection.execute(
                    text("UPDATE documents SET status = 'queued', lease_token = NULL, lease_until = NULL, crashes = 0")
                )
            frozen = Freezing(bench, at)
            bench.use(database=frozen)
            bench.recorder.sent.clear()
            bench.run(queue)
            if frozen.seen_before is None:
                break  # it ended before that point: all have been tried
            assert contents(real) == frozen.seen_before, f"point {at} of {queue}"
            assert bench.recorder.sent == []
            assert bench.recorder.shown[-1][0] is bench.row().state
            points[queue], at = at, at + 1
    assert bench.row().status == "completed"
    assert points["documents"] >= 10, "a transaction a page, a stage, a checkpoint"
    assert points["embed"] >= 5


class Killed(BaseException):
    """kill -9: nothing of ours runs after it."""


class Killing(Database):
    """A database before whose `at`-th transaction of the main thread the process is killed."""

    def __init__(self, database: Database, at: int) -> None:
        self.engine = database.engine
        self._at, self._begun = at, 0

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        if current_thread() is main_thread():
            self._begun += 1
            if self._begun == self._at:
                raise Killed
        with super().begin() as connection:
            yield connection


@pytest.mark.parametrize("queue", ["documents", "embed"])
def test_killed_before_any_write_of_any_stage_it_goes_on_and_pays_once_more_at_most(
    database: Database, reader: ParserReader, tmp_path: Path, queue: str
) -> None:
    at, was_killed = 2, True
    while was_killed:
        file = tmp_path / f"carta{at}.pdf"
        file.write_bytes(made.born_digital("trámite", 1))
        bench = Bench(database, reader, file)
        bench.script.recipe = bench.script.model = f"script:{queue}:{at}"
        bench.use(store=Scans(PAGES))
        if queue == "embed":
            bench.run("documents")
        was_killed = killed(bench, queue, at)
        for each in ("documents", "embed"):
            bench.run(each)
        done = bench.row()
        assert (done.status, done.crashes, done.retries) == ("completed", 0, 0), f"point {at}"
        assert done.attempt <= 1 + was_killed
        assert len(bench.ocr.rasters) <= PAGES + was_killed
        assert bench.script.described <= 1 + was_killed
        assert bench.script.embedded <= bench.own_chunks() + was_killed
        at += 1
    assert at > (10 if queue == "documents" else 5)


def killed(bench: Bench, queue: str, at: int) -> bool:
    """Run it with a kill at this point; whether the run got so far."""
    whole = bench.runtime.tools.database
    bench.use(database=Killing(whole, at))
    try:
        bench.run(queue)
    except Killed:
        found = True
    else:
        found = False
    bench.use(database=whole)
    with whole.begin() as connection:
        connection.execute(text(_OVER), {"id": bench.document_id})
        dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)
    return found


_OVER = "UPDATE documents SET lease_until = clock_timestamp() - interval '1 second' WHERE id = :id AND lease_token IS NOT NULL"
