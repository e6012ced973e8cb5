"""Search terms, references, bands and descriptions made anew after an upgrade that makes others: a document at a time, so that nobody waits.

What SQL makes of the text is renewed by the migration that changes it; here is the rest.
"""

from uuid import UUID

from sqlalchemy import Connection, select

from ingest.db import corrections as rows
from ingest.db import descriptions, index, letter_links, texts
from ingest.db.engine import Database
from ingest.db.letter_links import Links
from ingest.db.schema import chunks, documents
from ingest.describing.references import references
from ingest.describing.rules import OLDER_RECIPES, OfficeRules
from ingest.domain import corrections
from ingest.domain.likeness import bands
from ingest.domain.numbers import terms_of_passages

RENEWED_AT_ONCE = 10  # documents; ten milliseconds a passage, and what else a sweep does waits


def renew_terms(database: Database) -> int:
    """Give some documents whose terms are of another recipe their terms anew; returns how many. Raises DatabaseUnavailable."""
    for renewed in range(RENEWED_AT_ONCE):
        with database.begin() as connection:
            if not _renew_one(connection):
                return renewed
    return RENEWED_AT_ONCE


def _renew_one(connection: Connection) -> bool:
    document_id = index.outdated(connection)
    if document_id is None:
        return False
    _renew_terms(connection, document_id)
    return True


def _renew_terms(connection: Connection, document_id: UUID) -> None:
    said = connection.execute(
        select(documents.c.document_type, documents.c.document_number, documents.c.corrections).where(
            documents.c.id == document_id
        )
    ).one()
    passages = select(chunks.c.text).where(chunks.c.document_id == document_id).order_by(chunks.c.ordinal)
    terms = terms_of_passages(list(connection.execute(passages).scalars()), said[0] or "", said[1] or "")
    for first in terms[:1]:
        first.update(corrections.terms(corrections.of_json(said[2])))
    index.index_chunks(connection, document_id, terms)


def renew_letters(database: Database) -> int:
    """Give some documents whose references and bands are of another recipe theirs anew; returns how many.

    Raises DatabaseUnavailable.
    """
    for renewed in range(RENEWED_AT_ONCE):
        with database.begin() as connection:
            document_id = letter_links.outdated(connection)
            stored = texts.clean_text(connection, document_id) if document_id else None
            if document_id is None or stored is None:
                return renewed
            letter_links.replace(connection, document_id, Links(references(stored[0]), bands(stored[0].text)))
    return RENEWED_AT_ONCE


def renew_descriptions(database: Database) -> int:
    """Describe some documents anew that older rules described; returns how many. What was paid for stays.

    The terms of the document's own number follow in the same transaction. Raises DatabaseUnavailable.
    """
    for renewed in range(RENEWED_AT_ONCE):
        with database.begin() as connection:
            document_id = descriptions.outdated(connection, OLDER_RECIPES)
            stored = texts.clean_text(connection, document_id) if document_id else None
            if document_id is None or stored is None:
                return renewed
            document = rows.locked(connection, document_id)
            if document is None:
                return renewed
            read = OfficeRules().describe(stored[0].text, document.filename)
            descriptions.keep_details(connection, document_id, read)
            described, kept = corrections.applied(read, corrections.of_json(document.corrections))
            rows.write(connection, document_id, described, kept)
    return RENEWED_AT_ONCE
