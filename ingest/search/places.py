"""The places of a document where what was asked for stands, one after another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from ingest.db import index, page_words
from ingest.db.frequencies import Term
from ingest.db.phrases import Phrase
from ingest.domain.pages import CleanText
from ingest.domain.placement import Box
from ingest.search.boxes import LetteredPage, where
from ingest.search.snippet import Mark, marks_in, snippet, stretches, with_plurals

MOST_PLACES = 100  # of a document
_AROUND = " \n\f\t.,;:()[]\"'«»“”¿?¡!-–—/"  # signs that may stand beside a quoted phrase


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a page that holds marked words: its snippet, as a hit's, and the words' boxes."""

    page: int
    boxes: list[Box]
    snippet: str


def places_of(
    connection: Connection, document_ids: Sequence[UUID], terms: Sequence[Term], quoted: Sequence[Phrase]
) -> dict[UUID, list[Place]]:
    """The places of these documents in order, 100 of each at most."""
    chunk_ids = index.holding_chunks(connection, document_ids, terms, MOST_PLACES)
    passages = sorted(
        index.read_passages(connection, chunk_ids, terms, quoted), key=lambda one: (one.document_id, one.char_start)
    )
    drafts = list(_drafts(passages))
    shown = page_words.of_pages(connection, {(passage.document_id, page_of(passage, marks)) for passage, marks in drafts})
    pages = {place: LetteredPage(on) for place, on in shown.items()}
    found: dict[UUID, list[Place]] = {one: [] for one in document_ids}
    for passage, marks in drafts:
        places = found[passage.document_id]
        if len(places) < MOST_PLACES:
            places.append(_place(passage, marks, pages))
    return found


def _drafts(passages: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], Sequence[Mark]]]:
    """Passages with the marks of a stretch each; what two passages share, because they overlap, once."""
    ends: dict[UUID, int] = {}
    for passage in passages:
        seen = ends.get(passage.document_id, 0) - passage.char_start
        for marks in stretches([mark for mark in marks_of(passage) if mark.end > seen]):
            ends[passage.document_id] = passage.char_start + marks[-1].end
            yield passage, marks


def _place(passage: Row[Any], marks: Sequence[Mark], pages: Mapping[tuple[UUID, int], LetteredPage]) -> Place:
    page = page_of(passage, marks)
    on = pages.get((passage.document_id, page))
    return Place(page, where(passage.text, marks, on).boxes if on else [], snippet(passage.text, marks))


def marks_of(passage: Row[Any]) -> list[Mark]:
    """The marked words; where there are none, because a phrase is of stop words, the phrase."""
    marks = with_plurals(marks_in(passage.headline), passage.text)
    start, end = passage.quoted
    if marks or not start:
        return marks
    said = passage.text[start - 1 : end - 1]
    before = len(said) - len(said.lstrip(_AROUND))
    return [Mark(said.strip(_AROUND), start - 1 + before, start - 1 + len(said.rstrip(_AROUND)))]


def page_of(passage: Row[Any], stretch: Sequence[Mark]) -> int:
    """The page of the marked words; of the passage's middle where none is marked."""
    within = stretch[0].start if stretch else (passage.char_end - passage.char_start) // 2
    # The one passage of a document without text stands on no page: it is shown with the first.
    at = min(passage.char_start + within, passage.char_end)
    return CleanText("", tuple(passage.page_starts)).page_at(at)
