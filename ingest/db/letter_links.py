"""What ties letters to each other: the references of a text, and the bands that near duplicates share.

They hang on the document's text and go with it. Whom a reference means is told by the terms of a document's own number
(`ingest.domain.numbers`) in the search index, when it is asked: a document that arrives later counts at once, and what search
knows of a number, the thread knows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, cast, delete, func, insert, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import INTEGER, TSQUERY, array

from ingest.db.schema import chunk_terms, chunks, document_references, document_sketches, document_texts, documents
from ingest.domain.documents import Status
from ingest.domain.likeness import COMPARED
from ingest.domain.references import RECIPE, Reference

MOST_BEARERS = 1_000  # documents that bear one of the numbers asked for
MOST_CITING = 500  # of a number that everybody cites, the newest letters
MOST_NEAR = 50  # near duplicates that are looked at; those of the same number first


@dataclass(frozen=True, slots=True)
class Links:
    """What a document's text says of others, and what tells near duplicates of it."""

    references: Sequence[Reference]
    bands: Sequence[int]


@dataclass(frozen=True, slots=True)
class Bearer:
    """A document in search and the terms of its own number (`o:…`, `u:…`)."""

    document_id: UUID
    title: str
    document_type: str | None
    document_number: str | None
    date: date | None
    filename: str
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cited:
    """A reference and the document in whose text it stands."""

    document_id: UUID
    reference: Reference


def replace(connection: Connection, document_id: UUID, links: Links) -> None:
    """Make these the document's references and bands; its text must be stored."""
    mine = {table: table.c.document_id == document_id for table in (document_references, document_sketches)}
    for table, of_document in mine.items():
        connection.execute(delete(table).where(of_document))
    rows = [
        {"document_id": document_id, "ordinal": place, **one._asdict(), "unit": list(one.unit)}
        for place, one in enumerate(links.references)
    ]
    if rows:
        connection.execute(insert(document_references), rows)
    if links.bands:
        connection.execute(insert(document_sketches).values(document_id=document_id, bands=list(links.bands)))
    connection.execute(update(document_texts).where(document_texts.c.document_id == document_id).values(letters_recipe=RECIPE))


def outdated(connection: Connection) -> UUID | None:
    """A document whose references are of another recipe, locked; None where there is none that nobody else has locked."""
    return connection.execute(
        select(document_texts.c.document_id)
        .where(or_(document_texts.c.letters_recipe < RECIPE, document_texts.c.letters_recipe > RECIPE))  # by the index
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()


def of_document(connection: Connection, document_id: UUID) -> list[Cited]:
    """The references in a document's text, in order."""
    found = select(document_references).where(document_references.c.document_id == document_id)
    return [_cited(row) for row in connection.execute(found.order_by(document_references.c.ordinal))]


def to_numbers(connection: Connection, dated: Collection[tuple[str, str]]) -> list[Cited]:
    """The references of documents in search to these numbers and years, or to the numbers without a year; newest first."""
    if not dated:
        return []
    number, year = document_references.c.number, document_references.c.year
    wanted = [*dated, *((number_, "") for number_, _ in dated)]
    found = (
        select(document_references)
        .join(documents, documents.c.id == document_references.c.document_id)
        .where(tuple_(number, year).in_(wanted), *_in_search())
        .order_by(documents.c.created_at.desc(), document_references.c.document_id, document_references.c.ordinal)
        .limit(MOST_CITING)
    )
    return [_cited(row) for row in connection.execute(found)]


def bearers(connection: Connection, terms: Collection[str]) -> list[Bearer]:
    """The documents in search whose own number has one of these terms. A term is letters, digits, `:` and `-`."""
    if not terms:
        return []
    query = cast(" | ".join(f"'{term}'" for term in sorted(terms)), TSQUERY)
    return _bearers(connection, chunk_terms.c.terms.bool_op("@@")(query))


def bearer(connection: Connection, document_id: UUID) -> Bearer | None:
    """The document with the terms of its own number; None where it is not in search."""
    return next(iter(_bearers(connection, documents.c.id == document_id)), None)


def _bearers(connection: Connection, which: ColumnElement[bool]) -> list[Bearer]:
    shown = (documents.c[name] for name in ("id", "title", "document_type", "document_number", "issued_on", "filename"))
    own = text("ARRAY(SELECT lexeme FROM unnest(chunk_terms.terms) WHERE lexeme LIKE 'o:%' OR lexeme LIKE 'u:%') AS own")
    found = (
        select(*shown, own)
        .select_from(documents)
        .join(chunks, chunks.c.document_id == documents.c.id)
        .join(chunk_terms, chunk_terms.c.chunk_id == chunks.c.id)
        .where(chunks.c.ordinal == 0, which, *_in_search())
        .order_by(documents.c.created_at.desc(), documents.c.id)
        .limit(MOST_BEARERS)
    )
    return [
        Bearer(
            document_id=row.id,
            title=row.title or row.filename,
            document_type=row.document_type or None,
            document_number=row.document_number or None,
            date=row.issued_on,
            filename=row.filename,
            own=frozenset(row.own),
        )
        for row in connection.execute(found)
    ]


def sharing_bands(connection: Connection, document_id: UUID, document_number: str) -> list[tuple[UUID, str]]:
    """The documents in search that share a band with this one, and their texts' beginnings; the likeliest first."""
    mine = connection.execute(select(document_sketches.c.bands).where(document_sketches.c.document_id == document_id))
    known = mine.scalar_one_or_none()
    if known is None:
        return []
    wanted = array(known, type_=INTEGER)
    found = (
        select(documents.c.id, func.left(document_texts.c.text, COMPARED).label("text"))
        .join(document_sketches, document_sketches.c.document_id == documents.c.id)
        .join(document_texts, document_texts.c.document_id == documents.c.id)
        .where(document_sketches.c.bands.bool_op("&&")(wanted), documents.c.id != document_id, *_in_search())
        .order_by((documents.c.document_number == document_number).desc(), documents.c.created_at.desc(), documents.c.id)
        .limit(MOST_NEAR)
    )
    return [(row.id, row.text) for row in connection.execute(found)]


def _in_search() -> list[ColumnElement[bool]]:
    return [documents.c.searchable_at.is_not(None), documents.c.status.not_in([Status.DELETED, Status.SUPERSEDED])]


def _cited(row: Row[Any]) -> Cited:
    fields = {name: getattr(row, name) for name in Reference._fields}
    return Cited(row.document_id, Reference(**{**fields, "unit": tuple(row.unit)}))
