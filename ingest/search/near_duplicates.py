"""Documents that are the same letter once more: flagged, never dropped."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from ingest.db import letter_links, texts
from ingest.db.letter_links import Bearer
from ingest.domain.documents import Document
from ingest.domain.likeness import COMPARED, likeness


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A document and how much of the letter's text it shares, 0 to 1."""

    id: UUID
    similarity: float


def near_duplicates(connection: Connection, document: Document) -> list[NearDuplicate]:
    """The documents in search that are this letter scanned again, or copied with a stamp; the nearest first."""
    sharing = letter_links.sharing_bands(connection, document.id, document.document_number)
    stored = texts.clean_text(connection, document.id) if sharing else None
    me = letter_links.bearer(connection, document.id) if stored else None
    if stored is None or me is None:
        return []
    text, mine = stored[0].text[:COMPARED], _number(me)
    found = []
    for other_id, other_text in sharing:
        other = letter_links.bearer(connection, other_id)
        theirs = _number(other) if other else frozenset()
        if mine and theirs and not mine & theirs:
            continue  # two letters of one template
        similarity = likeness(text, other_text, same_number=bool(mine & theirs))
        if similarity:
            found.append(NearDuplicate(other_id, similarity))
    return sorted(found, key=lambda one: (-one.similarity, one.id))


def _number(bearer: Bearer) -> frozenset[str]:
    """The terms of its number with kind and year, as far as they are known."""
    terms = [term for term in bearer.own if term.startswith("o:")]
    most = max((term.count("-") for term in terms), default=0)
    return frozenset(term for term in terms if term.count("-") == most)
