"""Whether work goes on. Documents are taken in either way; what is halted is that workers take them.

The condition stands in every claim and in what is sent to workers, so that a halt holds from the commit on, whatever messages
still lie in the queues.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from ingest.db.schema import documents, halts, page_batches
from ingest.domain.documents import Status


class Mode(StrEnum):
    """How work is halted: nothing is worked on, or what was begun is finished."""

    PAUSED = "paused"
    DRAINING = "draining"


class Reason(StrEnum):
    """Why: somebody asked for it, or a disk is nearly full."""

    ASKED = "asked"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Halt:
    """Work does not go on as usual."""

    mode: Mode
    reason: Reason
    since: datetime


def may_be_worked_on() -> ColumnElement[bool]:
    """Whether something that was begun may go on now."""
    return ~exists(select(halts.c.mode).where(halts.c.mode == Mode.PAUSED))


def may_be_taken() -> ColumnElement[bool]:
    """Whether the document may be taken now: while drained, only one that was begun."""
    is_held = (halts.c.mode == Mode.PAUSED) | (documents.c.status == Status.QUEUED)
    return ~exists(select(halts.c.mode).where(is_held))


def current(connection: Connection) -> Halt | None:
    """The halt, or None while work goes on."""
    row = connection.execute(select(halts)).one_or_none()
    return None if row is None else Halt(Mode(row.mode), Reason(row.reason), row.since)


def halt(connection: Connection, mode: Mode, reason: Reason = Reason.ASKED) -> None:
    """Halt work from this commit on; what somebody asked for is not taken for a disk's doing later."""
    values = {"mode": mode, "reason": reason, "since": func.now()}
    asked = insert(halts).values(**values)
    if reason is Reason.DISK:
        connection.execute(asked.on_conflict_do_nothing())
    else:
        connection.execute(asked.on_conflict_do_update(index_elements=["single"], set_=values))


def resume(connection: Connection, reason: Reason | None = None) -> bool:
    """Let work go on, where it was halted for this reason (None: for any); whether it was.

    Messages that were refused meanwhile are gone: every row that waits is sent again by the sweeper.
    """
    mine = delete(halts) if reason is None else delete(halts).where(halts.c.reason == reason)
    if not connection.execute(mine.returning(halts.c.mode)).all():
        return False
    unsent = {"sent_seq": None}
    waiting = documents.c.status.in_([Status.QUEUED, Status.PROCESSING]) & documents.c.lease_token.is_(None)
    connection.execute(update(documents).where(waiting).values(unsent))
    connection.execute(update(page_batches).where(~page_batches.c.done, page_batches.c.lease_token.is_(None)).values(unsent))
    return True


def begun(connection: Connection) -> int:
    """How many documents were begun and are not ended."""
    return int(connection.execute(select(func.count()).where(documents.c.status == Status.PROCESSING)).scalar_one())
