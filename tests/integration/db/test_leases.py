"""Claim, lease and fence against a real PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ingest.db import dead_leases, documents, leases, sending
from ingest.db.engine import Database
from ingest.domain.descriptions import Description
from ingest.domain.documents import Document, Lease, Progress, Source, Status
from ingest.domain.objects import Fetched, ObjectVersion
from ingest.errors import LeaseLost

DELAYS = (60.0, 300.0, 900.0)


@pytest.fixture
def queued(database: Database) -> UUID:
    document_id = uuid4()
    with database.begin() as connection:
        documents.arrive(
            connection,
            document_id,
            ObjectVersion("bucket", f"inbox/{document_id}.pdf", "v1", sequencer="18A1B2C3D4E5F607", size=10),
            source=Source.OTHER,
            filename="a.pdf",
        )
    return document_id


def claim(database: Database, document_id: UUID, seconds: float = 30) -> tuple[Document, Lease]:
    """As its last message does."""
    number = row(database, document_id).sent_seq
    with database.begin() as connection:
        claimed = leases.claim(connection, document_id, "documents", seconds, number=number)
    assert claimed is not None
    return claimed


def row(database: Database, document_id: UUID) -> Document:
    with database.begin() as connection:
        found = documents.find(connection, document_id)
    assert found is not None
    return found


def expire(database: Database, document_id: UUID) -> None:
    with database.begin() as connection:
        connection.execute(
            text("UPDATE documents SET lease_until = now() - interval '1 second' WHERE id = :id"), {"id": document_id}
        )


def test_a_second_claim_gets_nothing(database: Database, queued: UUID) -> None:
    claim(database, queued)
    with database.begin() as connection:
        assert leases.claim(connection, queued, "documents", 30) is None


def test_a_message_on_another_queue_claims_nothing(database: Database, queued: UUID) -> None:
    with database.begin() as connection:
        assert leases.claim(connection, queued, "embed", 30) is None


def test_every_write_needs_the_token(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    stranger = replace(lease, token=uuid4())
    writes = [
        lambda c: leases.fence(c, stranger),
        lambda c: leases.checkpoint(c, stranger),
        lambda c: leases.show_progress(c, stranger, Progress(50, "describe")),
        lambda c: leases.hand_on(c, stranger, "embed"),
        lambda c: leases.give_back(c, stranger),
        lambda c: leases.note_content(c, stranger, Fetched(b"x", "", 1)),
        lambda c: leases.note_degraded(c, stranger, [1]),
        lambda c: leases.note_stored(c, stranger, Description(title="x"), {}),
        lambda c: leases.release(c, stranger),
        lambda c: leases.retry_later(c, stranger, "ai_unavailable", DELAYS),
        lambda c: leases.fail(c, stranger, "corrupt_file"),
        lambda c: leases.supersede(c, stranger),
        lambda c: leases.complete(c, stranger, "finalize"),
    ]
    before = row(database, queued)
    for write in writes:
        with pytest.raises(LeaseLost), database.begin() as connection:
            write(connection)
    assert row(database, queued) == before


def test_a_lease_that_ran_out_fences_its_holder_off(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    expire(database, queued)
    with pytest.raises(LeaseLost), database.begin() as connection:
        leases.note_stored(connection, lease, Description(title="late"), {})
    with database.begin() as connection:
        assert not leases.renew(connection, lease)
    assert row(database, queued).title == ""


def test_a_crash_is_counted_once_and_the_row_waits_again(database: Database, queued: UUID) -> None:
    claim(database, queued)
    expire(database, queued)
    with database.begin() as connection:
        (buried,) = dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)
    assert (buried.status, buried.crashes, buried.lease_token) == (Status.QUEUED, 1, None)
    with database.begin() as connection:
        assert dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0) == []
    document, _ = claim(database, queued)
    assert document.attempt == 2


def test_a_server_that_has_just_started_gives_every_holder_a_full_length(database: Database, queued: UUID) -> None:
    """Nobody could renew while it was down; `lease_seconds` longer than it has been up is the same as just started."""
    claim(database, queued)
    expire(database, queued)
    with database.begin() as connection:
        up = connection.execute(text("SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())")).scalar_one()
        assert dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=float(up) + 60) == []
        assert len(dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)) == 1


def test_an_outage_alone_brings_a_dead_lease_back_to_life(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    expire(database, queued)
    with database.begin() as connection:
        assert not leases.renew(connection, lease), "who slept is fenced off"
        assert leases.renew(connection, lease, after_outage=True)
        leases.fence(connection, lease)
    expire(database, queued)
    with database.begin() as connection:
        dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)
        assert not leases.renew(connection, lease, after_outage=True), "it was counted, and is gone"


def test_past_the_cap_a_poison_document_ends_as_worker_lost(database: Database, queued: UUID) -> None:
    for _ in range(4):
        claim(database, queued)
        expire(database, queued)
        with database.begin() as connection:
            dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)
    ended = row(database, queued)
    assert (ended.status, ended.error_code, ended.crashes) == (Status.ERROR, "worker_lost", 4)


def test_a_clock_set_back_lets_no_lease_last_longer_than_its_length(database: Database, queued: UUID) -> None:
    claim(database, queued, seconds=30)
    with database.begin() as connection:
        assert dead_leases.cut_to_length(connection, 30) == 0
        connection.execute(text("UPDATE documents SET lease_until = lease_until + interval '1 hour'"))
    with database.begin() as connection:
        assert dead_leases.cut_to_length(connection, 30) == 1
        assert dead_leases.cut_to_length(connection, 30) == 0
    until = row(database, queued).lease_until
    assert until is not None
    assert 25 < (until - datetime.now(UTC)).total_seconds() <= 30
    expire(database, queued)
    with database.begin() as connection:
        assert dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)


def test_a_clock_set_back_lengthens_no_wait(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    with database.begin() as connection:
        leases.release(connection, lease, delay=5)
        assert dead_leases.bring_waits_forward(connection) == 0
    with database.begin() as connection:
        connection.execute(
            text(
                "UPDATE documents SET next_run_at = next_run_at + i, updated_at = updated_at + i FROM (SELECT interval '1 hour' AS i) AS back"
            )
        )
        assert dead_leases.bring_waits_forward(connection) == 1
        assert dead_leases.bring_waits_forward(connection) == 0
    waits_until = row(database, queued).next_run_at
    assert waits_until is not None
    assert waits_until <= datetime.now(UTC) + timedelta(seconds=5)


def test_a_checkpoint_lets_crashes_count_from_0_again(database: Database, queued: UUID) -> None:
    claim(database, queued)
    expire(database, queued)
    with database.begin() as connection:
        dead_leases.bury_dead(connection, max_crashes=3, lease_seconds=0)
    _, lease = claim(database, queued)
    with database.begin() as connection:
        leases.checkpoint(connection, lease)
    assert row(database, queued).crashes == 0


def test_three_retries_then_error(database: Database, queued: UUID) -> None:
    waits = []
    for retry in range(4):
        _, lease = claim(database, queued)
        with database.begin() as connection:
            until = leases.retry_later(connection, lease, "ai_unavailable", DELAYS)
        ended = row(database, queued)
        assert ended.next_run_at == until
        if ended.next_run_at is not None:
            waits.append(round((ended.next_run_at - ended.updated_at).total_seconds()))
            assert (ended.status, ended.retries) == (Status.QUEUED, retry + 1)
            with database.begin() as connection:
                assert leases.claim(connection, queued, "documents", 30) is None, "its time has not come"
                connection.execute(text("UPDATE documents SET next_run_at = now() WHERE id = :id"), {"id": queued})
    assert waits == [60, 300, 900]
    last = row(database, queued)
    assert (last.status, last.error_code, last.attempt) == (Status.ERROR, "ai_unavailable", 4)


def test_the_other_side_may_ask_for_a_longer_wait(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    with database.begin() as connection:
        leases.retry_later(connection, lease, "ai_rate_limited", DELAYS, retry_after=120)
    ended = row(database, queued)
    assert ended.next_run_at is not None
    assert round((ended.next_run_at - ended.updated_at).total_seconds()) == 120


def test_an_outage_raises_no_counter_even_after_the_lease_ran_out(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    expire(database, queued)
    with database.begin() as connection:
        leases.release(connection, lease, delay=5)
    released = row(database, queued)
    assert (released.status, released.crashes, released.retries, released.attempt) == (Status.PROCESSING, 0, 0, 1)
    assert released.next_run_at is not None


def test_handing_on_goes_on_with_the_same_attempt(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    with database.begin() as connection:
        leases.show_progress(connection, lease, Progress(60, "store"))
        leases.hand_on(connection, lease, "embed")
    with database.begin() as connection:
        claimed = leases.claim(connection, queued, "embed", 30)
    assert claimed is not None
    assert (claimed[0].attempt, claimed[0].progress, claimed[0].claims) == (1, 60, 2)


def test_progress_never_goes_back_within_an_attempt(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    for percent in (20, 12, 40):
        with database.begin() as connection:
            leases.show_progress(connection, lease, Progress(percent, "extract"))
    assert row(database, queued).progress == 40
    with database.begin() as connection:
        leases.show_progress(connection, lease, Progress(30, "extract"))
    assert row(database, queued).progress == 40


def test_cancelling_takes_the_lease_away(database: Database, queued: UUID) -> None:
    _, lease = claim(database, queued)
    with database.begin() as connection:
        cancelled = documents.cancel(connection, queued)
    assert cancelled is not None
    assert cancelled.status is Status.CANCELLED
    with pytest.raises(LeaseLost), database.begin() as connection:
        leases.complete(connection, lease, "finalize")


class TestSendingAgain:
    """The watermark: a message is missing when one sent later has been claimed, or when the queue is empty."""

    def arrive(self, database: Database) -> UUID:
        document_id = uuid4()
        version = ObjectVersion("bucket", f"inbox/{document_id}.pdf", "v1", sequencer="1" * 16, size=1)
        with database.begin() as connection:
            documents.arrive(connection, document_id, version, source=Source.OTHER, filename="a")
        return document_id

    def unsent(self, database: Database, empty: list[str] | None = None) -> set[UUID]:
        with database.begin() as connection:
            return {
                row.id
                for row in sending.take_unsent(connection, ["documents", "embed"], empty_queues=empty or [], grace_seconds=0)
            }

    def test_a_waiting_queue_is_not_sent_twice(self, database: Database) -> None:
        for _ in range(3):
            self.arrive(database)
        assert self.unsent(database) == set()

    def test_what_was_overtaken_is_sent_again_once(self, database: Database) -> None:
        lost, later = self.arrive(database), self.arrive(database)
        claim(database, later)
        assert self.unsent(database) == {lost}
        assert self.unsent(database) == set()

    def test_an_empty_queue_holds_no_message(self, database: Database) -> None:
        lost = self.arrive(database)
        assert self.unsent(database, ["embed"]) == set()
        assert self.unsent(database, ["documents"]) == {lost}

    def test_claims_of_one_queue_say_nothing_of_the_other(self, database: Database) -> None:
        first, second = self.arrive(database), self.arrive(database)
        _, lease = claim(database, first)
        with database.begin() as connection:
            leases.hand_on(connection, lease, "embed")
        claim(database, second)
        assert self.unsent(database) == set()

    def test_a_clock_set_back_leaves_no_message_lost(self, database: Database) -> None:
        lost, later = self.arrive(database), self.arrive(database)
        with database.begin() as connection:
            connection.execute(text("UPDATE documents SET sent_at = sent_at + interval '1 hour'"))
        claim(database, later)
        assert self.unsent(database) == {lost}

    def test_a_due_retry_is_sent(self, database: Database) -> None:
        document_id = self.arrive(database)
        _, lease = claim(database, document_id)
        with database.begin() as connection:
            leases.retry_later(connection, lease, "ai_unavailable", (0.0,))
        assert self.unsent(database) == {document_id}


def test_the_lease_of_a_child_that_died_ends_at_once(database: Database, queued: UUID) -> None:
    document, lease = claim(database, queued)
    assert document.claimed_seq is not None
    with database.begin() as connection:
        assert not dead_leases.end_of_dead(connection, document.claimed_seq + 1), "another message's"
        assert dead_leases.end_of_dead(connection, document.claimed_seq)
        assert not dead_leases.end_of_dead(connection, document.claimed_seq), "once"
    with pytest.raises(LeaseLost), database.begin() as connection:
        leases.fence(connection, lease)
    assert row(database, queued).crashes == 0, "the sweeper counts"
