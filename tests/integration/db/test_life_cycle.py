"""The life of a row, played: all moves against each other, on a real database, beside a model of a few lines.

Nothing here is timed: leases run out and retries fall due when the game says so. A game is repeated by its seed, which
every run prints: `BANDEJA_TEST_SEED=… pytest tests/integration/db/test_life_cycle.py`.
"""

import os
import random
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from ingest.db import documents
from ingest.db.engine import Database
from ingest.db.schema import chunks, document_texts, page_batches
from ingest.db.schema import documents as document_table
from ingest.domain.documents import Status
from ingest.domain.life_cycle import Move, sources
from ingest.errors import Conflict
from ingest.pipeline.replay import replay
from ingest.upkeep import erasure
from tests.integration.db.life.batch_moves import BatchMoves
from tests.integration.db.life.game import some
from tests.integration.db.life.model import Row, replaces, seen, seen_batch

GAMES, STEPS = 40, 50  # some 20 s on two cores, three times that beside other work


class LifeCycle(BatchMoves):
    """The whole game: what people do, and what holds after every move."""

    @precondition(lambda self: self.rows)
    @rule(pick=some, what=st.sampled_from(["replay", "replay from", "replay", "cancel", "replay", "delete"]))
    def a_person_acts(self, pick: int, what: str) -> None:
        document_id, row = list(self.rows.items())[pick % len(self.rows)]
        if what == "cancel":
            self.cancel(document_id, row)
        elif what == "delete":
            self.delete(document_id, row)
        else:
            self.replay(document_id, row, "extract" if what == "replay from" else None)

    def cancel(self, document_id: UUID, row: Row) -> None:
        with self.database.begin() as connection:
            cancelled = documents.cancel(connection, document_id)
        assert (cancelled is not None) == (row.status in sources(Move.CANCEL))
        if cancelled:
            self.move(row, Move.CANCEL, Status.CANCELLED)

    def replay(self, document_id: UUID, row: Row, stage: str | None) -> None:
        allowed = row.order and row.status in sources(Move.REPLAY) and (row.status is not Status.QUEUED or row.waits)
        try:
            with self.database.begin() as connection:
                replayed = replay(connection, document_id, stage)
        except Conflict:
            assert not allowed
            return
        assert allowed
        self.move(row, Move.REPLAY, Status.QUEUED)
        row.queue, row.retries, row.crashes = replayed.queue, 0, 0
        row.batches = []

    def delete(self, document_id: UUID, row: Row) -> None:
        with self.database.begin() as connection:
            deleted = erasure.delete(connection, document_id)
        assert bool(deleted) == (row.status in sources(Move.DELETE))
        if not deleted:
            return
        self.move(row, Move.DELETE, Status.DELETED)
        row.erasing = True
        for other in self.rows.values() if row.order and replaces(row.key) else ():
            if other.key == row.key and 0 < other.order < row.order and other.status in sources(Move.ERASE):
                self.move(other, Move.ERASE, Status.DELETED)
                other.erasing = True

    @invariant()
    def the_database_is_as_the_model_says(self) -> None:
        with self.database.begin() as connection:
            found = {row.id: row for row in connection.execute(select(document_table))}
            parted = {(row.document_id, row.ordinal): row for row in connection.execute(select(page_batches))}
            with_text = set(connection.execute(select(document_texts.c.document_id)).scalars())
            with_chunks = set(connection.execute(select(chunks.c.document_id)).scalars())
        assert {one: seen(row) for one, row in found.items()} == {one: row.seen() for one, row in self.rows.items()}
        assert {one: seen_batch(row) for one, row in parted.items()} == {
            (one, ordinal): batch.seen() for one, row in self.rows.items() for ordinal, batch in enumerate(row.batches)
        }
        for document_id, row in found.items():
            assert row.lease_token is None or row.status == "processing"
            assert row.searchable_at is None or document_id in with_text & with_chunks
            assert row.status not in {"deleted", "superseded"} or document_id not in with_text | with_chunks
            assert (row.searchable_at is not None) == self.rows[document_id].stored
            assert (row.finished_at is None) == (row.status in {"awaiting_upload", "queued", "processing"})
        for key in filter(replaces, self.bucket.keys):
            assert sum(row.searchable_at is not None for row in found.values() if row.object_key == key) <= 1


def test_no_game_leads_where_the_model_does_not(database: Database) -> None:
    given = os.environ.get("BANDEJA_TEST_SEED")
    number = int(given or random.randrange(1 << 32))  # noqa: S311  no secret
    print(f"BANDEJA_TEST_SEED={number}")
    game = seed(number)(type("LifeCycleGame", (LifeCycle,), {"database": database}))
    run_state_machine_as_test(
        game,
        settings=settings(
            max_examples=GAMES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            # The shortest game that fails takes minutes to find: that is for whoever repeats it.
            phases=[Phase.generate, Phase.shrink] if given else [Phase.generate],
        ),
    )
    print({move.value: count for move, count in LifeCycle.played.items()})
    assert min(LifeCycle.played[move] for move in (Move.CLAIM, Move.COMPLETE, Move.REMOVE)) > 0, "a game in which nothing happens"
