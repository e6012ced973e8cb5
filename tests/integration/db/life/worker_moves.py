"""Moves of workers and of the sweeper: claims, heartbeats, checkpoints, ends of every kind, and silence."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import hypothesis.strategies as st
from hypothesis.stateful import precondition, rule

from ingest.db import dead_leases, documents, leases, sending
from ingest.domain.documents import Lease, Progress, Status
from ingest.domain.life_cycle import Move, sources
from ingest.domain.pages import Chunk, CleanText
from ingest.domain.queues import DOCUMENTS, EMBED
from ingest.errors import LeaseLost
from ingest.pipeline.stages import store
from ingest.pipeline.work import Work
from tests.integration.db.life.bucket_moves import BucketMoves
from tests.integration.db.life.game import some, somebody_may_work
from tests.integration.db.life.model import MOST_CRASHES, MOST_RETRIES, Row, replaces

NEVER = (3600.0,) * MOST_RETRIES  # a wait for a retry ends when the game says so


class WorkerMoves(BucketMoves):
    """Runs of documents."""

    @precondition(lambda self: self.rows)
    @rule(pick=some, queue=st.sampled_from(["", DOCUMENTS, EMBED]))
    def a_message_comes(self, pick: int, queue: str) -> None:
        """For any row, be it wanted or not, on its own queue or another."""
        document_id = list(self.rows)[pick % len(self.rows)]
        self.claim(document_id, queue or self.rows[document_id].queue)

    @precondition(somebody_may_work)
    @rule(pick=some, after_outage=st.booleans())
    def a_heart_beats(self, pick: int, after_outage: bool) -> None:
        lease, row = self.a_lease(pick)
        with self.database.begin() as connection:
            renewed = leases.renew(connection, lease, after_outage=after_outage)
        assert renewed == (row.holds(lease) or (after_outage and row.lease == lease))
        if renewed:
            row.ran_out = False

    @precondition(somebody_may_work)
    @rule(pick=some)
    def progress_is_shown(self, pick: int) -> None:
        self.write(pick, lambda connection, lease: leases.show_progress(connection, lease, Progress(20, "extract")))

    @precondition(somebody_may_work)
    @rule(pick=some)
    def a_checkpoint_is_reached(self, pick: int) -> None:
        if row := self.write(pick, leases.checkpoint):
            row.crashes = 0

    @precondition(somebody_may_work)
    @rule(pick=some, and_more=st.booleans())
    def a_text_is_stored(self, pick: int, and_more: bool) -> None:
        """The stage itself, superseding and giving way; and perhaps all the rest of the run."""
        lease, row = self.a_lease(pick)
        gives_way = row.holds(lease) and replaces(row.key) and self.newer_is_found(row)
        try:
            store.run(self.work(lease))
        except LeaseLost:
            assert gives_way or not row.holds(lease)
            if gives_way:
                self.move(row, Move.GIVE_WAY, Status.SUPERSEDED)
            return
        assert row.holds(lease)
        assert not gives_way
        row.stored, row.crashes = True, 0
        self.supersede_older(row)
        if and_more:
            with self.database.begin() as connection:
                leases.complete(connection, lease, "finalize")
            self.move(row, Move.COMPLETE, Status.COMPLETED)

    def supersede_older(self, row: Row) -> None:
        for other in self.rows.values() if replaces(row.key) else ():
            if other.key == row.key and 0 < other.order < row.order and other.status in sources(Move.SUPERSEDE):
                self.move(other, Move.SUPERSEDE, Status.SUPERSEDED)

    def work(self, lease: Lease) -> Work:
        with self.database.begin() as connection:
            document = documents.find(connection, lease.document_id)
        assert document is not None
        tools = SimpleNamespace(database=self.database, metrics=SimpleNamespace(observe=lambda *_, **__: None))
        words = f"oficio {lease.document_id}"
        work = Work(document, lease, cast(Any, tools), Path())
        work.clean, work.chunks = CleanText(words, (0,)), [Chunk(0, words, 0, len(words), 1, 1)]
        return work

    @precondition(somebody_may_work)
    @rule(pick=some, queue=st.sampled_from([DOCUMENTS, EMBED]))
    def a_row_is_handed_on(self, pick: int, queue: str) -> None:
        """To another queue, or at a shutdown to the same one."""
        if row := self.write(pick, lambda connection, lease: leases.hand_on(connection, lease, queue)):
            row.let_go()
            row.queue = queue

    @precondition(somebody_may_work)
    @rule(pick=some, how=st.sampled_from(["complete", "complete", "fail", "retry", "outage", "let go"]))
    def a_run_ends(self, pick: int, how: str) -> None:
        if how == "complete":
            if row := self.write(pick, lambda connection, lease: leases.complete(connection, lease, "finalize")):
                self.move(row, Move.COMPLETE, Status.COMPLETED)
                row.crashes = 0
        elif how == "fail":
            if row := self.write(pick, lambda connection, lease: leases.fail(connection, lease, "corrupt_file")):
                self.move(row, Move.FAIL, Status.ERROR)
        elif how == "retry":
            self.retry(pick)
        else:
            self.release(pick, waits=how == "outage")

    def retry(self, pick: int) -> None:
        if row := self.write(pick, lambda connection, lease: leases.retry_later(connection, lease, "ai_unavailable", NEVER)):
            again = row.retries < MOST_RETRIES
            self.move(row, Move.RETRY, Status.QUEUED if again else Status.ERROR)
            row.retries, row.waits = row.retries + again, again

    def release(self, pick: int, waits: bool) -> None:
        """The token alone decides: while it stands nobody else has the row."""
        lease, row = self.a_lease(pick)
        delay = 3600 if waits else 0
        if self.is_let_in(row.lease == lease, lambda connection: leases.release(connection, lease, delay=delay)):
            row.let_go(waits=waits)

    @precondition(lambda self: any(row.lease for row in self.rows.values()))
    @rule(pick=some, is_noticed=st.booleans())
    def a_worker_freezes(self, pick: int, is_noticed: bool) -> None:
        """It says nothing for longer than its lease, and the sweeper comes by or not."""
        held = [one for one, row in self.rows.items() if row.lease]
        document_id = held[pick % len(held)]
        self.set_column("documents", "lease_until", "clock_timestamp() - interval '1 second'", "id = :id", document_id)
        self.rows[document_id].ran_out = True
        if is_noticed:
            self.the_sweeper_passes()

    @rule()
    def the_sweeper_passes(self) -> None:
        """Crashes are counted; then, the queues being empty, every row that may be claimed is sent, and no other."""
        with self.database.begin() as connection:
            dead_leases.bury_dead(connection, MOST_CRASHES, 0)
        for row in self.rows.values():
            if row.ran_out:
                self.move(row, Move.BURY, Status.QUEUED if row.crashes < MOST_CRASHES else Status.ERROR)
                row.crashes += 1
        with self.database.begin() as connection:
            sent = sending.take_unsent(connection, [DOCUMENTS, EMBED], empty_queues=[DOCUMENTS, EMBED], grace_seconds=0)
        assert {one.id for one in sent} == {one for one, row in self.rows.items() if row.claimable()}

    @precondition(lambda self: any(row.waits for row in self.rows.values()))
    @rule()
    def retries_fall_due(self) -> None:
        for document_id, row in self.rows.items():
            if row.waits:
                self.set_column("documents", "next_run_at", "NULL", "id = :id", document_id)
                row.waits = False
