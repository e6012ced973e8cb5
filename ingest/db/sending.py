"""Sending again: which rows lack a message. Every send takes a number; a claim notes the number that it came by.

The number does two things. A message that is not its row's last one is refused, so that however often a row was sent, one
message of it at most does anything, and a duplicate goes when it is taken. And the highest number that was claimed of a
queue, the watermark, says how far its workers have come: a row sent before it whose message did not claim it has none.
What is noted must be the consumed message's own number; the row's would let an old duplicate push the watermark past
messages that still wait, and each of those would be sent again, without end.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select, true, update

from ingest.db import leases
from ingest.db.rows import SEND_NEXT, document_of
from ingest.db.schema import documents
from ingest.domain.documents import Document

_row = documents.c


def take_unsent(
    connection: Connection,
    queues: Sequence[str],
    *,
    empty_queues: Collection[str],
    in_hand: Collection[int] = (),
    grace_seconds: float,
    limit: int = 500,
) -> list[Document]:
    """Number for sending the claimable rows of `queues` whose message is missing, at most `limit` a queue.

    The caller sends them after commit, in this order. Missing is (a) a row never sent, (b) one sent before another
    that has been claimed since, (c) any row of a queue that is empty, unless its message is `in_hand`: taken by a
    worker moments ago. A fixed time-out would either fill the queue with no-ops or come too late (the watermark rule).
    `grace_seconds` leaves a message time to be taken.
    """
    settled = is_settled(_row, in_hand, grace_seconds)
    return [document for queue in queues for document in _take(connection, queue, queue in empty_queues, settled, limit)]


def is_settled(row: Any, in_hand: Collection[int], grace_seconds: float) -> ColumnElement[bool]:
    """Whether a message of the row has had its time, and no worker has just taken it; `row` is the columns of its table."""
    return and_(leases.settled(row.sent_at, grace_seconds), row.sent_seq.not_in(list(in_hand)))


def is_missing(
    connection: Connection, row: Any, on_queue: ColumnElement[bool], *, is_empty: bool, settled: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether the message of a row `on_queue` is missing, by the rule of `take_unsent`."""
    # Asked first and once: as part of the caller's query it would be looked up for every row that waits.
    watermark = connection.execute(select(func.max(row.claimed_seq)).where(on_queue)).scalar_one()
    overtaken: ColumnElement[bool] = row.sent_seq < watermark if watermark is not None else false()
    return or_(row.sent_seq.is_(None), and_(settled, true() if is_empty else overtaken))


def _take(connection: Connection, queue: str, is_empty: bool, settled: ColumnElement[bool], limit: int) -> list[Document]:
    on_queue = _row.queue == queue
    missing = is_missing(connection, _row, on_queue, is_empty=is_empty, settled=settled)
    candidates = (
        select(_row.id)
        .where(leases.claimable(), on_queue, missing)
        .order_by(_row.arrived_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = connection.execute(
        update(documents).where(_row.id.in_(candidates.scalar_subquery())).values(**SEND_NEXT).returning(documents)
    )
    # In the order of their numbers, because the watermark takes a queue for one.
    return sorted((document_of(row._mapping) for row in taken), key=lambda document: document.sent_seq or 0)
