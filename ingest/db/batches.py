"""Page batches: written, claimed, fenced, ended, found again when their worker or their message is lost.

Lock order, everywhere: the document's row first, then the batch's. A transaction that takes one of them alone waits
for nothing while it holds it. So none can deadlock, and the document cannot be taken away before a batch's commit.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    exists,
    insert,
    select,
    tuple_,
    update,
)

from ingest.db import dead_leases, leases, sending
from ingest.db.halts import may_be_worked_on
from ingest.db.rows import CLOCK, NO_LEASE, SEND_NEXT, document_of, from_now, is_due, is_last_message, release_lease, renew_lease
from ingest.db.schema import documents, page_batches, send_sequence
from ingest.domain.batches import BatchLease, PageBatch
from ingest.domain.documents import Document, Lease, Status
from ingest.domain.queues import BATCH_QUEUES, FIRST_BATCHES, PAGES
from ingest.errors import LeaseLost

_row = page_batches.c
_is_reading = and_(documents.c.status == Status.PROCESSING, documents.c.queue == PAGES)
# Of a document that reads, in the attempt in which they went out; all others are void.
_is_wanted = exists().where(documents.c.id == _row.document_id, _is_reading, documents.c.attempt == _row.attempt)


def write(
    connection: Connection, lease: Lease, batches: Sequence[Sequence[int]], *, attempt: int, recipe: str, total: int
) -> list[PageBatch]:
    """Let go of the document of `total` pages and leave those that are left to these batches, to be sent after commit.

    What earlier ones left is forgotten. Raises LeaseLost.
    """
    leases.leave_to_batches(connection, lease, pages_left=sum(map(len, batches)), pages_total=total)
    connection.execute(delete(page_batches).where(_row.document_id == lease.document_id))
    rows = [
        {"document_id": lease.document_id, "ordinal": ordinal, "attempt": attempt, "recipe": recipe, "pages": list(pages)}
        for ordinal, pages in enumerate(batches)
    ]
    written = connection.execute(insert(page_batches).values(**SEND_NEXT).returning(page_batches), rows)
    return sorted(map(_batch_of, written), key=lambda batch: batch.sent_seq or 0)


def claim(
    connection: Connection,
    document_id: UUID,
    ordinal: int,
    seconds: float,
    *,
    token: UUID | None = None,
    number: int | None = None,
) -> tuple[Document, PageBatch, BatchLease] | None:
    """Take the batch for `seconds`, or None where it is done, taken, void, gone or sent again since.

    `token` and `number` as for documents.
    """
    document = _lock_reading(connection, document_id)
    if document is None:
        return None
    lease = BatchLease(document_id, ordinal, token or uuid4(), seconds)
    claimed = connection.execute(
        update(page_batches)
        .where(
            _row.document_id == document_id,
            _row.ordinal == ordinal,
            _row.attempt == document.attempt,
            ~_row.done,
            _row.lease_token.is_(None),
            is_due(_row),
            is_last_message(_row, number),
            may_be_worked_on(),
        )
        .values(lease_token=lease.token, lease_until=from_now(seconds), claimed_seq=number, next_run_at=None)
        .returning(page_batches)
    ).one_or_none()
    if claimed is None:
        return None
    if document.pages_done == document.pages_known:
        # Until now its pages waited for those of others, which says nothing of how long they take.
        connection.execute(update(documents).where(documents.c.id == document_id).values(reading_since=CLOCK))
    return document, _batch_of(claimed), lease


def fence(connection: Connection, lease: BatchLease) -> Document:
    """The document, locked until commit with the batch, if the lease is alive and the batch wanted; raises LeaseLost."""
    return _lock(connection, lease)[0]


def _lock(connection: Connection, lease: BatchLease) -> tuple[Document, PageBatch]:
    document = _lock_reading(connection, lease.document_id)
    if document is None:
        raise LeaseLost
    held = connection.execute(
        select(page_batches).where(_held(lease), _row.attempt == document.attempt).with_for_update()
    ).one_or_none()
    if held is None:
        raise LeaseLost
    return document, _batch_of(held)


def renew(connection: Connection, lease: BatchLease, *, after_outage: bool = False) -> bool:
    """Heartbeat: the lease lives for its full length again; False where it is lost. As for documents."""
    return renew_lease(connection, page_batches, _owned(lease) if after_outage else _held(lease), lease.seconds)


def checkpoint(connection: Connection, lease: BatchLease, *, pages_done: int, progress: int) -> None:
    """After `fence`, and a page kept: note that the work moved on, so that crashes count from 0 again."""
    connection.execute(update(page_batches).where(_owned(lease)).values(crashes=0))
    _write_document(connection, lease.document_id, pages_done=pages_done, progress=progress)


def finish(connection: Connection, lease: BatchLease, next_queue: str) -> Document | None:
    """End the batch; the document where this was the last one, then put on `next_queue`, to be sent. Raises LeaseLost."""
    document, batch = _lock(connection, lease)
    return count_down(connection, document, batch, next_queue)


def count_down(connection: Connection, document: Document, batch: PageBatch, next_queue: str) -> Document | None:
    """After `fence` or `bury`: end the batch; the document where it was the last one, then put on `next_queue`, to be sent.

    Its row is locked, so of two batches that end together the second sees what the first wrote.
    """
    ended = and_(_row.document_id == batch.document_id, _row.ordinal == batch.ordinal)
    connection.execute(update(page_batches).where(ended).values(done=True, **NO_LEASE))
    left = documents.c.pages_left - len(batch.pages)
    is_last = left <= 0
    counted = connection.execute(
        update(documents)
        .where(documents.c.id == document.id)
        .values(
            pages_left=case((is_last, None), else_=left),
            queue=case((is_last, next_queue), else_=documents.c.queue),
            sent_seq=case((is_last, send_sequence.next_value()), else_=documents.c.sent_seq),
            sent_at=case((is_last, CLOCK), else_=documents.c.sent_at),
            claimed_seq=case((is_last, None), else_=documents.c.claimed_seq),
            updated_at=CLOCK,
        )
        .returning(documents)
    ).one()
    return document_of(counted._mapping) if counted.pages_left is None else None


def give_back(connection: Connection, lease: BatchLease) -> PageBatch:
    """Let another worker go on behind the last page; to be sent after commit. Raises LeaseLost."""
    fence(connection, lease)
    given = connection.execute(
        update(page_batches).where(_owned(lease)).values(claimed_seq=None, **SEND_NEXT, **NO_LEASE).returning(page_batches)
    ).one()
    return _batch_of(given)


def release(connection: Connection, lease: BatchLease, *, delay: float = 0) -> None:
    """Let go without counting anything: an outage that will pass in about `delay` seconds, or a lease that ran out.

    As for documents, the token alone decides. Raises LeaseLost.
    """
    release_lease(connection, page_batches, _owned(lease), delay)


def retry_later(
    connection: Connection, lease: BatchLease, code: str, delays: Sequence[float], retry_after: float = 0
) -> datetime | None:
    """Wait for the next delay, until that time; None where all are used up: the document ends in error. Raises LeaseLost."""
    document, batch = _lock(connection, lease)
    if batch.retries >= len(delays):
        _end_document(connection, document, code, trace_id=lease.token.hex)
        return None
    delay = max(delays[batch.retries], retry_after)
    waiting = {"retries": batch.retries + 1, "next_run_at": from_now(delay), "sent_seq": None, **NO_LEASE}
    written = update(page_batches).where(_owned(lease)).values(**waiting).returning(_row.next_run_at)
    next_run_at: datetime = connection.execute(written).scalar_one()
    return next_run_at


def fail(connection: Connection, lease: BatchLease, code: str) -> None:
    """End the document in `error` with this code; its other batches become void. Raises LeaseLost."""
    document = fence(connection, lease)
    _end_document(connection, document, code, trace_id=lease.token.hex)


# --- the sweeper's questions -------------------------------------------------------------------


def dead(connection: Connection, lease_seconds: float, limit: int = 500) -> list[tuple[UUID, int]]:
    """Document and ordinal of the batches whose lease ran out without a word."""
    ran_out = dead_leases.ran_out(_row.lease_until, lease_seconds)
    found = connection.execute(select(_row.document_id, _row.ordinal).where(ran_out).limit(limit))
    return [(row.document_id, row.ordinal) for row in found]


def bury(connection: Connection, document_id: UUID, ordinal: int) -> tuple[Document, PageBatch] | None:
    """Count a crash of a dead batch, which waits again; returns both with it, to be given up past the cap.

    None where another sweeper was faster, it came back to life, or nobody wants it any more.
    """
    document = _lock_reading(connection, document_id)
    if document is None:
        return None
    buried = connection.execute(
        update(page_batches)
        .where(
            _row.document_id == document_id,
            _row.ordinal == ordinal,
            _row.attempt == document.attempt,
            _row.lease_until < CLOCK,
        )
        .values(crashes=_row.crashes + 1, sent_seq=None, **NO_LEASE)
        .returning(page_batches)
    ).one_or_none()
    return None if buried is None else (document, _batch_of(buried))


def take_unsent(
    connection: Connection,
    *,
    empty_queues: Collection[str],
    in_hand: Collection[int] = (),
    grace_seconds: float,
    limit: int = 500,
) -> list[PageBatch]:
    """Number for sending the batches whose message is missing, at most `limit` a queue.

    By the watermark rule of `sending.take_unsent`.
    """
    settled = sending.is_settled(_row, in_hand, grace_seconds)
    return [batch for queue in BATCH_QUEUES for batch in _take(connection, queue, queue in empty_queues, settled, limit)]


def _take(connection: Connection, queue: str, is_empty: bool, settled: ColumnElement[bool], limit: int) -> list[PageBatch]:
    is_first = _row.ordinal < FIRST_BATCHES
    on_queue = is_first if queue == PAGES else ~is_first
    missing = sending.is_missing(connection, _row, on_queue, is_empty=is_empty, settled=settled)
    candidates = (
        select(_row.document_id, _row.ordinal)
        .where(on_queue, ~_row.done, _row.lease_token.is_(None), is_due(_row), _is_wanted, may_be_worked_on(), missing)
        .order_by(_row.document_id, _row.ordinal)
        .limit(limit)
        .with_for_update(of=page_batches, skip_locked=True)
    )
    sent = connection.execute(
        update(page_batches)
        .where(tuple_(_row.document_id, _row.ordinal).in_(candidates))
        .values(**SEND_NEXT)
        .returning(page_batches)
    )
    # In the order of their numbers, because the watermark takes a queue for one.
    return sorted(map(_batch_of, sent), key=lambda batch: batch.sent_seq or 0)


def remove_void(connection: Connection, limit: int = 1000) -> int:
    """Remove batches that nobody wants any more; returns how many."""
    void = (
        select(_row.document_id, _row.ordinal).where(~_is_wanted).limit(limit).with_for_update(of=page_batches, skip_locked=True)
    )
    return connection.execute(delete(page_batches).where(tuple_(_row.document_id, _row.ordinal).in_(void))).rowcount


def forget(connection: Connection, document_id: UUID) -> None:
    """Remove the document's batches, whose row the caller has locked."""
    connection.execute(delete(page_batches).where(_row.document_id == document_id))


# --- parts of the above ------------------------------------------------------------------------


def _lock_reading(connection: Connection, document_id: UUID) -> Document | None:
    """The document, locked until commit, if its pages are being read in batches."""
    row = connection.execute(select(documents).where(documents.c.id == document_id, _is_reading).with_for_update()).one_or_none()
    return None if row is None else document_of(row._mapping)


def _owned(lease: BatchLease) -> ColumnElement[bool]:
    return and_(_row.document_id == lease.document_id, _row.ordinal == lease.ordinal, _row.lease_token == lease.token)


def _held(lease: BatchLease) -> ColumnElement[bool]:
    return and_(_owned(lease), _row.lease_until > CLOCK)


def _end_document(connection: Connection, document: Document, code: str, trace_id: str) -> None:
    _write_document(connection, document.id, pages_left=None, trace_id=trace_id, **leases.ended_in_error(code))


def _write_document(connection: Connection, document_id: UUID, **values: Any) -> None:
    connection.execute(update(documents).where(documents.c.id == document_id).values(updated_at=CLOCK, **values))


def _batch_of(row: Any) -> PageBatch:
    return PageBatch(
        row.document_id, row.ordinal, row.attempt, row.recipe, tuple(row.pages), row.retries, row.crashes, row.sent_seq
    )
