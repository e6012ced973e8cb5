"""A worker frozen at any point of its run, past its lease: when it goes on, it changes nothing.

The points are the transactions of the run, every one of them: before each, the lease runs out, the sweeper counts
the crash and another worker takes the document.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from ingest.adapters.parser_reader import ParserReader
from ingest.db import leases
from ingest.db.engine import Database
from ingest.db.schema import metadata
from tests import made
from tests.integration.test_runner import Bench, Scans, reader

__all__ = ["reader"]  # its fixture


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
            leases.bury_dead(connection, max_crashes=3, lease_seconds=0)
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
    bench.use(store=Scans())
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
