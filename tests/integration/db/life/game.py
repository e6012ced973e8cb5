"""The board: rows, bucket and leases, and how a write by a holder is judged."""

from collections import Counter
from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Connection, text

from ingest.db import leases
from ingest.db.engine import Database
from ingest.db.schema import metadata
from ingest.domain.batches import BatchLease
from ingest.domain.documents import Lease, Status
from ingest.domain.life_cycle import Move
from ingest.errors import LeaseLost
from tests.integration.db.life.model import Bucket, Row

some = st.integers(min_value=0, max_value=7)
rarely = st.integers(min_value=0, max_value=3).map(lambda number: number == 3)
_TABLES = ("document_texts", "chunks", "page_batches", "page_texts", "descriptions", "documents", "parked_events")


def somebody_may_work(game: "Game") -> bool:
    return bool(game.leases) or any(row.claimable() for row in game.rows.values())


class Game(RuleBasedStateMachine):
    """What all rules share; the rules are in its subclasses, by whose moves they are."""

    database: ClassVar[Database]
    played: ClassVar[Counter[Move]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        with self.database.begin() as connection:
            for name in _TABLES:
                connection.execute(metadata.tables[name].delete())
        self.bucket, self.rows = Bucket(), dict[UUID, Row]()
        self.leases: list[Lease] = []  # the last ones given, lost ones among them
        self.batch_leases: list[BatchLease] = []
        self.clock = 0

    def now(self) -> int:
        self.clock += 1
        return self.clock

    def move(self, row: Row, move: Move, to: Status) -> None:
        row.go(move, to)
        self.played[move] += 1

    def set_column(self, table: str, column: str, value: str, where: str, document_id: UUID) -> None:
        with self.database.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET {column} = {value} WHERE {where}"), {"id": document_id})  # noqa: S608  words of ours

    def claim(self, document_id: UUID, queue: str) -> None:
        row = self.rows[document_id]
        with self.database.begin() as connection:
            claimed = leases.claim(connection, document_id, queue, 600)
        assert (claimed is not None) == (row.claimable() and row.queue == queue)
        if claimed is not None:
            row.attempt += row.status is Status.QUEUED
            self.move(row, Move.CLAIM, Status.PROCESSING)
            row.lease = claimed[1]
            self.leases = [*self.leases[-5:], claimed[1]]

    def a_lease(self, pick: int) -> tuple[Lease, Row]:
        """A lease that was given: mostly one that is alive, taken now where none is."""
        waiting = [one for one, row in self.rows.items() if row.claimable()]
        if waiting and (pick % 2 or not self.leases):
            document_id = waiting[pick % len(waiting)]
            self.claim(document_id, self.rows[document_id].queue)
        live = [row.lease for row in self.rows.values() if row.lease]
        given = live if live and pick < 6 else self.leases
        lease = given[pick % len(given)]
        return lease, self.rows[lease.document_id]

    def write(self, pick: int, write: Callable[[Connection, Lease], object]) -> Row | None:
        """A write by any holder, be its lease lost or not; the row, where it must have succeeded."""
        lease, row = self.a_lease(pick)
        return row if self.is_let_in(row.holds(lease), lambda connection: write(connection, lease)) else None

    def is_let_in(self, allowed: bool, write: Callable[[Connection], object]) -> bool:
        """Whether the write went through, which must be so when it is allowed, and only then."""
        try:
            with self.database.begin() as connection:
                write(connection)
        except LeaseLost:
            assert not allowed, "a live lease was refused"
            return False
        assert allowed, "a dead lease was let in"
        return True
