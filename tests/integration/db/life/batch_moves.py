"""Moves around page batches: parted, claimed, finished, frozen, given up; the last one sends its document on."""

from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import precondition, rule

from ingest.db import batches
from ingest.domain.batches import BatchLease
from ingest.domain.documents import Status
from ingest.domain.life_cycle import Move
from ingest.domain.queues import BATCH_QUEUES, DOCUMENTS
from ingest.upkeep.rows import bury_dead_batches
from tests.integration.db.life.game import some, somebody_may_work
from tests.integration.db.life.model import MOST_CRASHES, MOST_RETRIES, Batch, Row
from tests.integration.db.life.worker_moves import NEVER, WorkerMoves

PARTED = ([1, 2], [3])
TOTAL = 4

ENDS = ["finish", "finish", "finish", "page", "retry", "fail", "outage", "let go", "give back"]


class BatchMoves(WorkerMoves):
    """Runs of page batches."""

    @precondition(somebody_may_work)
    @rule(pick=some)
    def pages_are_parted(self, pick: int) -> None:
        lease, row = self.a_lease(pick)
        attempt = row.attempt
        if self.is_let_in(
            row.holds(lease), lambda found: batches.write(found, lease, PARTED, attempt=attempt, recipe="r", total=TOTAL)
        ):
            row.let_go()
            row.queue, row.pages_left = "pages", sum(map(len, PARTED))
            row.batches = [Batch(attempt, list(pages)) for pages in PARTED]

    @precondition(lambda self: any(row.batches for row in self.rows.values()))
    @rule(pick=some)
    def a_batch_is_claimed(self, pick: int) -> None:
        document_id, ordinal, row, batch = self.a_batch(pick)
        with self.database.begin() as connection:
            claimed = batches.claim(connection, document_id, ordinal, 600)
        assert (claimed is not None) == (row.wants(batch) and not batch.done and batch.lease is None and not batch.waits)
        if claimed is not None:
            batch.lease = claimed[2]
            self.batch_leases = [*self.batch_leases[-5:], claimed[2]]

    claimed_again = a_batch_is_claimed

    def a_batch(self, pick: int) -> tuple[UUID, int, Row, Batch]:
        """Rather one that waits."""
        all_of_them = [(one, n, row, batch) for one, row in self.rows.items() for n, batch in enumerate(row.batches)]
        waiting = [found for found in all_of_them if found[2].wants(found[3]) and not found[3].done and not found[3].lease]
        found = waiting if waiting and pick < 6 else all_of_them
        return found[pick % len(found)]

    def held(self, lease: BatchLease) -> tuple[Row, Batch | None]:
        row = self.rows[lease.document_id]
        return row, next((batch for batch in row.batches if batch.lease == lease), None)

    @precondition(lambda self: self.batch_leases)
    @rule(pick=some, how=st.sampled_from(ENDS))
    def a_batch_goes_on_or_ends(self, pick: int, how: str) -> None:
        lease = self.batch_leases[-1 - pick % len(self.batch_leases)]
        row, batch = self.held(lease)
        if how in {"outage", "let go"}:
            delay = 3600 if how == "outage" else 0
            if self.is_let_in(batch is not None, lambda found: batches.release(found, lease, delay=delay)) and batch:
                batch.let_go(waits=delay > 0)
            return
        allowed = batch is not None and batch.holds(lease) and row.wants(batch)
        writes = {
            "finish": lambda found: batches.finish(found, lease, DOCUMENTS),
            "page": lambda found: (batches.fence(found, lease), batches.checkpoint(found, lease, pages_done=1, progress=5)),
            "retry": lambda found: batches.retry_later(found, lease, "ai_unavailable", NEVER),
            "fail": lambda found: batches.fail(found, lease, "storage_unavailable"),
            "give back": lambda found: batches.give_back(found, lease),
        }
        if self.is_let_in(allowed, writes[how]) and batch:
            self.judge(row, batch, how)

    def judge(self, row: Row, batch: Batch, how: str) -> None:
        """What an end that was let in has changed."""
        if how == "finish":
            row.count_down(batch)
        elif how == "page":
            batch.crashes = 0
        elif how == "give back":
            batch.let_go()
        elif how == "retry" and batch.retries < MOST_RETRIES:
            batch.retries += 1
            batch.let_go(waits=True)
        else:
            self.move(row, Move.FAIL if how == "fail" else Move.RETRY, Status.ERROR)

    @precondition(lambda self: self.batch_leases)
    @rule(pick=some, after_outage=st.booleans())
    def a_batch_s_heart_beats(self, pick: int, after_outage: bool) -> None:
        lease = self.batch_leases[-1 - pick % len(self.batch_leases)]
        _, batch = self.held(lease)
        with self.database.begin() as connection:
            renewed = batches.renew(connection, lease, after_outage=after_outage)
        assert renewed == (batch is not None and (after_outage or batch.holds(lease)))
        if batch and renewed:
            batch.ran_out = False

    @precondition(lambda self: any(batch.lease for row in self.rows.values() for batch in row.batches))
    @rule()
    def page_workers_freeze(self) -> None:
        """All say nothing for longer than their leases, and the sweeper passes."""
        for document_id, row in self.rows.items():
            for batch in row.batches:
                batch.ran_out = batch.lease is not None
            self.set_column(
                "page_batches",
                "lease_until",
                "clock_timestamp() - interval '1 second'",
                "document_id = :id AND lease_token IS NOT NULL",
                document_id,
            )

    @rule()
    def the_sweeper_passes_batches(self) -> None:
        bury_dead_batches(self.database, MOST_CRASHES, 0, lambda _: None)
        for row in self.rows.values():
            for batch in row.batches:
                if batch.ran_out and row.wants(batch):
                    batch.crashes += 1
                    batch.let_go()
                    if batch.crashes > MOST_CRASHES:
                        row.count_down(batch)
        with self.database.begin() as connection:
            batches.remove_void(connection)
            sent = batches.take_unsent(connection, empty_queues=BATCH_QUEUES, grace_seconds=0)
        for row in self.rows.values():
            row.batches = [batch for batch in row.batches if row.wants(batch)]
        due = {
            (document_id, ordinal)
            for document_id, row in self.rows.items()
            for ordinal, batch in enumerate(row.batches)
            if not batch.done and batch.lease is None and not batch.waits
        }
        assert {(one.document_id, one.ordinal) for one in sent} == due

    @precondition(lambda self: any(batch.waits for row in self.rows.values() for batch in row.batches))
    @rule()
    def batches_fall_due(self) -> None:
        for document_id, row in self.rows.items():
            for batch in row.batches:
                batch.waits = False
            self.set_column("page_batches", "next_run_at", "NULL", "document_id = :id", document_id)
