"""Store: text, chunks, search terms and description in one transaction, from which the document is found."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from ingest.db import descriptions, devices, index, leases, letter_links, letters, texts, versions
from ingest.db.letter_links import Links
from ingest.describing import file_name
from ingest.describing.references import references
from ingest.domain import corrections
from ingest.domain.likeness import bands
from ingest.domain.numbers import own_terms, terms_of_passages
from ingest.domain.pages import Chunk
from ingest.errors import LeaseLost
from ingest.pipeline.work import Work


def run(work: Work) -> None:
    """Replace the document's text and chunks and make it searchable; older versions of its key leave search.

    Raises LeaseLost, also where a newer version of the key is in search already: then this one has ended.
    """
    work.chunks = work.chunks or [_in_place_of_text(work)]
    # Outside of the transaction, which holds the document's row and those of every word that is new.
    numbers = terms_of_passages([chunk.text for chunk in work.chunks], "", "")
    links = Links(references(work.clean), bands(work.clean.text))
    with work.tools.database.begin() as connection:
        gave_way = _store(connection, work, numbers, links)
    if gave_way:
        raise LeaseLost
    if work.document.arrived_at is not None:
        waited = datetime.now(UTC) - work.document.arrived_at
        work.tools.metrics.observe("bandeja_document_seconds", waited.total_seconds(), until="searchable")


def _in_place_of_text(work: Work) -> Chunk:
    """The one passage of a document without text, by which it is found; it is no part of the text, which is empty."""
    text = file_name.passage(work.document.filename, work.document.device, work.description.issued_on)
    return Chunk(0, text, 0, 0, 1, 1)


def _store(connection: Connection, work: Work, numbers: Sequence[set[str]], links: Links) -> bool:
    document = work.document
    # As it is now: somebody may have corrected it since it was claimed.
    wanted = corrections.of_json(leases.fence(connection, work.lease).corrections)
    # What gives way to a newer version: every older one, or where each is a letter of its own, those that are this letter.
    kin = versions if devices.versions_replace(connection, document) else letters
    if kin.newer_is_stored(connection, document):
        leases.supersede(connection, work.lease)
        return True
    kin.supersede_older(connection, document)
    texts.replace(connection, document.id, work.clean, work.reading_recipe, work.chunks)
    letter_links.replace(connection, document.id, links)
    descriptions.keep_details(connection, document.id, work.description)
    described, corrected = corrections.applied(work.description, wanted)
    leases.note_stored(connection, work.lease, described, corrected)
    numbers[0].update(own_terms(described.document_type, described.number, work.chunks[0].text), corrections.terms(corrected))
    index.index_chunks(connection, document.id, numbers)
    return False
