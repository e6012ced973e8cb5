"""Which documents have an outcome that is still to be put on their objects."""

from uuid import UUID

from sqlalchemy import Connection, select, update

from ingest.db.rows import document_of
from ingest.db.schema import documents
from ingest.domain.documents import Document, Status

_row = documents.c


def next_untagged(connection: Connection) -> Document | None:
    """A document whose outcome asks to be told, locked until commit; those that others hold are skipped."""
    row = connection.execute(
        select(documents).where(_row.tagging).order_by(_row.id).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()
    return None if row is None else document_of(row._mapping)


def is_to_be_told(document: Document) -> bool:
    """Whether it has an object and stands at an end: one that was replayed meanwhile asks again when it ends."""
    return document.version_id is not None and document.has_ended and document.status is not Status.DELETED


def note_told(connection: Connection, document_id: UUID) -> None:
    """Note that it was told, or need not be."""
    connection.execute(update(documents).where(_row.id == document_id).values(tagging=False))
