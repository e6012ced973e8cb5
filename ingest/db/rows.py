"""What rows of `documents` and of `page_batches` have in common: the clock, sending, and the lease.

Both have `lease_token`, `lease_until`, `next_run_at`, `sent_seq`, `sent_at` and `claimed_seq`, which mean the same.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, or_, text, true, update

from ingest.db.schema import send_sequence
from ingest.domain.documents import Document, Source, Status
from ingest.errors import LeaseLost

# Not now(): that is the transaction's start, and a lease can run out while a transaction waits for a lock.
CLOCK = func.clock_timestamp()
SEND_NEXT: dict[str, Any] = {"sent_seq": send_sequence.next_value(), "sent_at": CLOCK}
NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}


def document_of(mapping: Mapping[Any, Any]) -> Document:
    """The row as the domain knows it; its columns are the dataclass's fields."""
    return Document(
        **{
            **{str(name): value for name, value in mapping.items()},
            "status": Status(mapping["status"]),
            "source": Source(mapping["source"]),
        }
    )


def seconds(number: float | ColumnElement[Any]) -> ColumnElement[Any]:
    """So many seconds, as PostgreSQL's interval."""
    return func.make_interval(0, 0, 0, 0, 0, 0, number)


def from_now(number: float) -> ColumnElement[Any]:
    """The moment so many seconds from now."""
    return CLOCK + seconds(number)


def is_due(row: Any) -> ColumnElement[bool]:
    """Whether a row waits for no later moment; `row` is the columns of its table."""
    return or_(row.next_run_at.is_(None), row.next_run_at <= CLOCK)


def is_last_message(row: Any, number: int | None) -> ColumnElement[bool]:
    """Whether the row was not sent again since the message of this number; always, where the message has none."""
    return true() if number is None else row.sent_seq == number


def not_durable_at_once(connection: Connection) -> None:
    """Let this transaction not wait for the disk: losing its last second costs nobody anything."""
    connection.execute(text("SET LOCAL synchronous_commit = off"))


def renew_lease(connection: Connection, table: Table, mine: ColumnElement[bool], length: float) -> bool:
    """Let the lease live for its full length again; False where none is mine."""
    not_durable_at_once(connection)
    return connection.execute(update(table).where(mine).values(lease_until=from_now(length))).rowcount > 0


def release_lease(connection: Connection, table: Table, mine: ColumnElement[bool], delay: float, **also: Any) -> None:
    """Let go without counting anything, to be taken again after about `delay` seconds. Raises LeaseLost."""
    values = {"sent_seq": None, "next_run_at": from_now(delay) if delay else None, **NO_LEASE, **also}
    if connection.execute(update(table).where(mine).values(**values)).rowcount == 0:
        raise LeaseLost
