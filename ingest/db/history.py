"""What happened to a document, as the triggers of migration 0013 wrote it down."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from ingest.db.schema import document_history


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened; `actor` is the name of the key that asked for it, "" for the system itself."""

    at: datetime
    event: str
    stage: str
    code: str | None
    attempt: int
    actor: str
    trace_id: str


def act_as(connection: Connection, name: str) -> None:
    """Whatever this transaction changes was asked for by whom this names."""
    connection.execute(select(func.set_config("bandeja.actor", name, True)))


def of_document(connection: Connection, document_id: UUID, limit: int) -> list[Happened]:
    """The newest `limit` things that happened to the document, oldest first."""
    newest = (
        select(document_history)
        .where(document_history.c.document_id == document_id)
        .order_by(document_history.c.id.desc())
        .limit(limit)
    )
    rows = list(connection.execute(newest))
    return [Happened(row.at, row.event, row.stage, row.code, row.attempt, row.actor, row.trace_id) for row in reversed(rows)]
