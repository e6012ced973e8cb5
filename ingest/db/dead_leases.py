"""Leases whose holders died, or that a clock which was set back would keep alive: found, ended, counted."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, null, select, tuple_, update

from ingest.db.rows import (
    CLOCK,
    NO_LEASE,
    document_of,
    from_now,
)
from ingest.db.rows import seconds as interval
from ingest.db.schema import documents, page_batches
from ingest.domain.documents import Document, Status

_row = documents.c


def ran_out(lease_until: ColumnElement[Any], lease_seconds: float) -> ColumnElement[bool]:
    """Whether a lease is dead: it ran out, and its holder could have renewed it.

    Nobody could while the server was down, so every holder gets a full length from its start on.
    """
    back_since = func.pg_postmaster_start_time() + interval(lease_seconds)
    return and_(lease_until < CLOCK, back_since < CLOCK)


def end_of_dead(connection: Connection, number: int) -> bool:
    """Let the lease that was claimed by the message of this number run out now, of a document or a batch: its holder died.

    Whether there was one. The holder's own writes, if it should live after all, find it gone.
    """
    ended = 0
    for table in (documents, page_batches):
        held = and_(table.c.claimed_seq == number, table.c.lease_until > CLOCK)
        ended += connection.execute(update(table).where(held).values(lease_until=CLOCK)).rowcount
    return ended > 0


def cut_to_length(connection: Connection, lease_seconds: float) -> int:
    """Cut every lease that ends later than a full length from now, which only a clock that was set back makes it do.

    A holder that lives renews it long before; a dead one's would keep its row for as long as the clock went back.
    Returns how many; rows that another holds are skipped.
    """
    cut = 0
    for table in (documents, page_batches):
        too_late = table.c.lease_until > from_now(lease_seconds + 1)  # a second for what is being given right now
        key = tuple_(*table.primary_key)
        found = select(*table.primary_key).where(too_late).with_for_update(skip_locked=True)
        cut += connection.execute(update(table).where(key.in_(found)).values(lease_until=from_now(lease_seconds))).rowcount
    return cut


def bring_waits_forward(connection: Connection) -> int:
    """Shorten every wait by as much as the clock was set back since it began, as a row written in the future tells.

    Returns how many; rows that another holds are skipped.
    """
    moved = 0
    for table, written_at in ((documents, documents.c.updated_at), (page_batches, page_batches.c.sent_at)):
        key = tuple_(*table.primary_key)
        waits = and_(table.c.next_run_at > CLOCK, written_at > CLOCK)
        found = select(*table.primary_key).where(waits).with_for_update(skip_locked=True)
        values = {"next_run_at": table.c.next_run_at - (written_at - CLOCK), written_at.name: CLOCK}
        moved += connection.execute(update(table).where(key.in_(found)).values(values)).rowcount
    return moved


def bury_dead(connection: Connection, max_crashes: int, lease_seconds: float, limit: int = 500) -> list[Document]:
    """Count a crash for every lease that ran out without a word; queue its row again, or end it past the cap.

    Several sweepers may run this at once: rows that another holds are skipped.
    """
    dead = select(_row.id).where(ran_out(_row.lease_until, lease_seconds)).limit(limit).with_for_update(skip_locked=True)
    again = _row.crashes < max_crashes
    buried = connection.execute(
        update(documents)
        .where(_row.id.in_(dead.scalar_subquery()))
        .values(
            status=case((again, Status.QUEUED.value), else_=Status.ERROR.value),
            crashes=_row.crashes + 1,
            error_code=case((again, null()), else_="worker_lost"),
            finished_at=case((again, null()), else_=CLOCK),
            tagging=~again,
            sent_seq=None,
            updated_at=CLOCK,
            **NO_LEASE,
        )
        .returning(documents)
    )
    return [document_of(row._mapping) for row in buried]
