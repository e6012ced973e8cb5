"""What is due at the store for rows: objects and pictures to be erased, outcomes to be put on objects as tags.

And how much of everything is due, counted for those who look and do not touch.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, text, update

from ingest.db.rows import document_of
from ingest.db.schema import documents
from ingest.domain.documents import Document, Status

_row = documents.c

_DUE = text("""
SELECT
    (SELECT count(*) FROM documents WHERE lease_until < clock_timestamp())
        + (SELECT count(*) FROM page_batches WHERE lease_until < clock_timestamp()),
    (SELECT count(*) FROM documents WHERE status = 'awaiting_upload' AND expires_at < clock_timestamp() - make_interval(secs => :grace)),
    (SELECT count(*) FROM documents WHERE erasing),
    (SELECT count(*) FROM documents WHERE tagging)
""")


class Due(NamedTuple):
    """How many of each wait."""

    dead_leases: int
    unused_uploads: int
    erasures: int
    tags: int


def count(connection: Connection, upload_grace: float) -> Due:
    """Leases that ran out, uploads that were never made `upload_grace` seconds ago, erasures and tags that are due."""
    return Due(*map(int, connection.execute(_DUE, {"grace": upload_grace}).one()))


# --- erasing -----------------------------------------------------------------------------------


def next_to_erase(connection: Connection, besides: Sequence[UUID] = ()) -> Document | None:
    """A deleted document whose object is still to be erased, locked until commit; those that others hold are skipped."""
    return _next(connection, _row.erasing & _row.id.not_in(besides))


def next_with_pictures(connection: Connection) -> Document | None:
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


def note_pictures(connection: Connection, document_id: UUID) -> None:
    """Note that pictures are put in the derived bucket; call it before and after, whoever erases may come between."""
    connection.execute(update(documents).where(_row.id == document_id).values(drawn=True))


def note_no_pictures(connection: Connection, document_id: UUID) -> None:
    """Note that there are none."""
    connection.execute(update(documents).where(_row.id == document_id).values(drawn=False))


# --- outcomes ----------------------------------------------------------------------------------


def next_untagged(connection: Connection) -> Document | None:
    """A document whose outcome asks to be told, locked until commit; those that others hold are skipped."""
    return _next(connection, _row.tagging)


def is_to_be_told(document: Document) -> bool:
    """Whether it has an object and stands at an end: one that was replayed meanwhile asks again when it ends."""
    return document.version_id is not None and document.has_ended and document.status is not Status.DELETED


def note_told(connection: Connection, document_id: UUID) -> None:
    """Note that it was told, or need not be."""
    connection.execute(update(documents).where(_row.id == document_id).values(tagging=False))
