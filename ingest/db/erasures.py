"""What is still to be erased from the store, and what a row may keep after that."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, update

from ingest.db.rows import document_of
from ingest.db.schema import documents
from ingest.domain.documents import Document, Status

_row = documents.c


def next_marked(connection: Connection, besides: Sequence[UUID] = ()) -> Document | None:
    """A deleted document whose object is still to be erased, locked until commit; those that others hold are skipped."""
    return _next(connection, _row.erasing & _row.id.not_in(besides))


def next_drawn(connection: Connection) -> Document | None:
    """A document that is gone while the derived bucket may hold pictures of it; the same way."""
    return _next(connection, _row.drawn & _row.status.in_([Status.DELETED, Status.SUPERSEDED]))


def _next(connection: Connection, wanted: ColumnElement[bool]) -> Document | None:
    row = connection.execute(
        select(documents).where(wanted).order_by(_row.id).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()
    return None if row is None else document_of(row._mapping)


def forget_names(connection: Connection, document_id: UUID, key: str) -> None:
    """Note that nothing of the document is left in the store; of what it was called, `key` is left."""
    connection.execute(
        update(documents)
        .where(_row.id == document_id)
        .values(
            erasing=False,
            drawn=False,
            object_key=key,
            filename="",
            upload_metadata={},
            content_type="",
            etag="",
            declared_sha256=None,
            content_sha256=None,
        )
    )


def note_drawn(connection: Connection, document_id: UUID) -> None:
    """Note that pictures are put in the derived bucket; call it before and after, whoever erases may come between."""
    connection.execute(update(documents).where(_row.id == document_id).values(drawn=True))


def note_undrawn(connection: Connection, document_id: UUID) -> None:
    """Note that there are none."""
    connection.execute(update(documents).where(_row.id == document_id).values(drawn=False))
