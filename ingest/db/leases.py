"""Claim, lease, heartbeat, fence, and every way a run ends: the worker's half of the state machine.

Invariants, kept in SQL: a row has a lease only while `processing`; only a claim gives one; every write of
a worker names the token and finds the lease alive.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, and_, case, func, null, or_, select, update

from ingest.db import descriptions
from ingest.db.halts import may_be_taken
from ingest.db.rows import (
    CLOCK,
    NO_LEASE,
    SEND_NEXT,
    document_of,
    from_now,
    is_due,
    is_last_message,
    not_durable_at_once,
    release_lease,
    renew_lease,
)
from ingest.db.rows import seconds as interval
from ingest.db.schema import documents
from ingest.domain import corrections
from ingest.domain.corrections import Corrections
from ingest.domain.descriptions import Description
from ingest.domain.documents import Document, Lease, Progress, Status
from ingest.domain.life_cycle import Move, sources
from ingest.domain.objects import Fetched
from ingest.domain.queues import PAGES
from ingest.errors import LeaseLost

_row = documents.c


def claimable() -> ColumnElement[bool]:
    """Rows that a worker may take now: waiting or handed on, not leased, their time come, and work not halted.

    One whose pages are read in batches waits for the last of them, and for no worker.
    """
    return and_(
        _row.queue != PAGES,
        _row.status.in_(sources(Move.CLAIM)),
        _row.lease_token.is_(None),
        is_due(_row),
        may_be_taken(),
    )


def claim(
    connection: Connection,
    document_id: UUID,
    queue: str,
    seconds: float,
    *,
    token: UUID | None = None,
    number: int | None = None,
) -> tuple[Document, Lease] | None:
    """Take the document for `seconds`, or None where it is done, taken, gone, on another queue, or sent again since.

    A claim out of `queued` begins a new attempt; one of a row handed on goes on with the same. Who must know the
    lease's token even if this call's answer is lost gives one. `number` is the message's, None of one that has none:
    an older message than the row's last one claims nothing (see `ingest.db.sending`).
    """
    token = token or uuid4()
    fresh = _row.status == Status.QUEUED
    row = connection.execute(
        update(documents)
        .where(_row.id == document_id, _row.queue == queue, claimable(), is_last_message(_row, number))
        .values(
            status=Status.PROCESSING,
            lease_token=token,
            lease_until=from_now(seconds),
            trace_id=token.hex,
            claims=_row.claims + 1,
            attempt=_row.attempt + case((fresh, 1), else_=0),
            progress=case((fresh, 0), else_=_row.progress),
            claimed_seq=number,
            next_run_at=None,
            error_code=None,
            started_at=func.coalesce(_row.started_at, CLOCK),
            updated_at=CLOCK,
        )
        .returning(documents)
    ).one_or_none()
    return None if row is None else (document_of(row._mapping), Lease(document_id, token, seconds))


def _owned(lease: Lease) -> ColumnElement[bool]:
    return and_(_row.id == lease.document_id, _row.lease_token == lease.token)


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(_owned(lease), _row.lease_until > CLOCK)


def fence(connection: Connection, lease: Lease) -> Document:
    """The document, its row locked until commit, if the lease is alive; raises LeaseLost.

    Goes first in any transaction that writes to another table: nobody can take the lease before it commits.
    """
    row = connection.execute(select(documents).where(_held(lease)).with_for_update()).one_or_none()
    if row is None:
        raise LeaseLost
    return document_of(row._mapping)


def checkpoint(connection: Connection, lease: Lease) -> None:
    """Fence, and note that the work moved on, so that crashes count from 0 again. Raises LeaseLost."""
    _write(connection, lease, crashes=0)


def note_content(connection: Connection, lease: Lease, fetched: Fetched) -> None:
    """A checkpoint that says whose bytes the document has, with the eTag and size that they had. Raises LeaseLost.

    An event is not to be believed there: of a compressed or encrypted object it tells what the disk holds.
    """
    _write(connection, lease, crashes=0, content_sha256=fetched.sha256, etag=fetched.etag, size=fetched.size)


def note_degraded(connection: Connection, lease: Lease, degraded_pages: Sequence[int]) -> None:
    """A checkpoint that says which pages were not read, or in part only. Raises LeaseLost."""
    _write(connection, lease, crashes=0, degraded_pages=list(degraded_pages))


def note_stored(connection: Connection, lease: Lease, described: Description, corrected: Corrections) -> None:
    """The checkpoint of `store`: what the document says of itself, what of it people corrected, and that search finds it.

    Raises LeaseLost.
    """
    _write(
        connection,
        lease,
        crashes=0,
        stored=True,
        searchable_at=CLOCK,
        corrections=corrections.as_json(corrected),
        **descriptions.columns(described),
    )


def renew(connection: Connection, lease: Lease, *, after_outage: bool = False) -> bool:
    """Heartbeat: the lease lives for its full length again; False where it is lost.

    After an outage of the database, in which nobody could renew, one that ran out lives again: while its token
    stands nobody else has the row. A holder that slept has no such excuse.
    """
    return renew_lease(connection, documents, _owned(lease) if after_outage else _held(lease), lease.seconds)


def show_progress(connection: Connection, lease: Lease, progress: Progress) -> None:
    """Write where the run stands; never goes back within an attempt. Raises LeaseLost.

    Not durable at once: losing the last second of progress costs nobody anything, and waiting for
    the disk costs fifty times as much as the update.
    """
    not_durable_at_once(connection)
    values: dict[str, Any] = {"stage": progress.stage, "progress": func.greatest(_row.progress, progress.percent)}
    if progress.pages_total is not None:
        values |= {"pages_done": progress.pages_done, "pages_total": progress.pages_total}
    _write(connection, lease, **values)


def _write(connection: Connection, lease: Lease, **values: Any) -> None:
    written = connection.execute(update(documents).where(_held(lease)).values(updated_at=CLOCK, **values).returning(_row.id))
    if written.one_or_none() is None:
        raise LeaseLost


def begin_reading(connection: Connection, lease: Lease, *, pages_known: int, pages_total: int) -> None:
    """Note when the reading of pages begins, and after how many, so that the time left can be told. Raises LeaseLost."""
    not_durable_at_once(connection)
    _write(connection, lease, reading_since=CLOCK, pages_known=pages_known, pages_done=pages_known, pages_total=pages_total)


def hand_on(connection: Connection, lease: Lease, queue: str) -> Document:
    """Let go of the row for the workers of another queue; returns it, to be sent after commit. Raises LeaseLost."""
    return _hand_on(connection, lease, queue=queue)


def leave_to_batches(connection: Connection, lease: Lease, *, pages_left: int, pages_total: int) -> None:
    """Let go of the row until its last page batch is read. Raises LeaseLost."""
    known = pages_total - pages_left
    _hand_on(connection, lease, queue=PAGES, pages_left=pages_left, pages_known=known, pages_done=known, pages_total=pages_total)


def give_back(connection: Connection, lease: Lease) -> Document:
    """Let another worker go on behind the last checkpoint; returns the row, to be sent after commit. Raises LeaseLost."""
    return _hand_on(connection, lease)


def _hand_on(connection: Connection, lease: Lease, **values: Any) -> Document:
    _write(connection, lease, claimed_seq=None, **SEND_NEXT, **values, **NO_LEASE)
    row = connection.execute(select(documents).where(_row.id == lease.document_id)).one()
    return document_of(row._mapping)


def release(connection: Connection, lease: Lease, *, delay: float = 0) -> None:
    """Let go without counting anything: an outage that will pass in about `delay` seconds, or a lease that ran out.

    The token alone decides here, because the database itself may have been away for longer than the lease:
    while the token stands nobody else has the row. Raises LeaseLost.
    """
    release_lease(connection, documents, _owned(lease), delay, updated_at=CLOCK)


def retry_later(
    connection: Connection, lease: Lease, code: str, delays: Sequence[float], retry_after: float = 0
) -> datetime | None:
    """Wait for the next delay, until that time; None where all are used up and the document has ended in error.

    The seed's clock: 60, 300, 900 s, never earlier than the other side asked for. Raises LeaseLost.
    """
    delay = case(
        *((_row.retries == used, func.greatest(wait, retry_after)) for used, wait in enumerate(delays)),
        else_=null(),
    )
    left = _row.retries < len(delays)
    ended = connection.execute(
        update(documents)
        .where(_held(lease))
        .values(
            status=case((left, Status.QUEUED.value), else_=Status.ERROR.value),
            retries=_row.retries + case((left, 1), else_=0),
            next_run_at=case((left, CLOCK + interval(delay)), else_=null()),
            finished_at=case((left, null()), else_=CLOCK),
            tagging=~left,
            error_code=code,
            sent_seq=None,
            updated_at=CLOCK,
            **NO_LEASE,
        )
        .returning(_row.next_run_at)
    ).one_or_none()
    if ended is None:
        raise LeaseLost
    next_run_at: datetime | None = ended.next_run_at
    return next_run_at


def ended_in_error(code: str) -> dict[str, Any]:
    """What a row that ends in `error` holds."""
    return {"status": Status.ERROR, "error_code": code, "finished_at": CLOCK, "tagging": True, "next_run_at": None, **NO_LEASE}


def fail(connection: Connection, lease: Lease, code: str) -> None:
    """End in `error` with this code; raises LeaseLost."""
    _write(connection, lease, **ended_in_error(code))


def supersede(connection: Connection, lease: Lease) -> None:
    """End in `superseded`: a newer version of the object is in search already. Raises LeaseLost."""
    _write(connection, lease, status=Status.SUPERSEDED, finished_at=CLOCK, tagging=True, **NO_LEASE)


def complete(connection: Connection, lease: Lease, stage: str, note: str = "") -> None:
    """End in `completed`, with the code of what there is to note, if anything; raises LeaseLost."""
    _write(
        connection,
        lease,
        status=Status.COMPLETED,
        stage=stage,
        progress=100,
        error_code=note or None,
        crashes=0,
        finished_at=CLOCK,
        tagging=True,
        **NO_LEASE,
    )


def settled(sent_at: ColumnElement[Any], grace_seconds: float) -> ColumnElement[bool]:
    """Whether a message has had its time to be taken; one sent in the future was sent before the clock was set back."""
    return or_(sent_at < from_now(-grace_seconds), sent_at > CLOCK)
