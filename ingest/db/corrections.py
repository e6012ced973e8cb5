"""Corrections in the row of their document, and what follows from them for its columns and for search."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, collate, select, update

from ingest.db import descriptions, index
from ingest.db.listings import KeyRange
from ingest.db.rows import CLOCK, document_of
from ingest.db.schema import chunks, documents
from ingest.domain import corrections
from ingest.domain.corrections import Corrections
from ingest.domain.descriptions import Description
from ingest.domain.documents import Document
from ingest.domain.numbers import terms_of_passages

_row = documents.c


def locked(connection: Connection, document_id: UUID) -> Document | None:
    """The row, locked until commit: a worker that stores the document waits, and then reads what was corrected."""
    row = connection.execute(select(documents).where(_row.id == document_id).with_for_update()).one_or_none()
    return None if row is None else document_of(row._mapping)


def write(connection: Connection, document_id: UUID, described: Description, kept: Corrections) -> Document:
    """Make the document show this, keep its corrections, and make it findable by both; returns the row."""
    values = {**descriptions.columns(described), "corrections": corrections.as_json(kept), "updated_at": CLOCK}
    row = connection.execute(update(documents).where(_row.id == document_id).values(**values).returning(documents)).one()
    first = connection.execute(
        select(chunks.c.text).where(chunks.c.document_id == document_id, chunks.c.ordinal == 0)
    ).scalar_one_or_none()
    if first is not None:
        (terms,) = terms_of_passages([first], described.document_type, described.number)
        index.index_first_chunk(connection, document_id, terms | corrections.terms(kept))
    return document_of(row._mapping)


def uncorrected(connection: Connection, keys: KeyRange, among: Collection[UUID]) -> list[UUID]:
    """Which of these documents, with keys of this range, have no corrections."""
    key = collate(_row.object_key, "C")
    within = (_row.bucket == keys.bucket, key >= keys.prefix, key > keys.after, key < keys.beyond)
    found = connection.execute(select(_row.id).where(*within, _row.corrections == {}, _row.id.in_(list(among))))
    return list(found.scalars())
