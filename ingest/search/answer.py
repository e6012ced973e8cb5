"""Search: by words, by meaning, and by both with their scores fused.

Words are ranked by BM25, meaning by the cosine of embeddings. Of a document, its best passage counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from time import perf_counter
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Connection, Row

from ingest.db import facets as facet_counts
from ingest.db import index, page_words, ranking
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.db.page_words import PageWords
from ingest.db.ranking import Embedded, Ranked
from ingest.db.schema import documents
from ingest.domain.crops import Crop
from ingest.domain.facets import Counted, Facet
from ingest.domain.placement import Box
from ingest.errors import AiRateLimited, AiRejected, AiUnavailable
from ingest.ports import Embedder
from ingest.search.boxes import NOWHERE, LetteredPage, where
from ingest.search.fusion import floor_of, fused, grouped
from ingest.search.places import Place, marks_of, page_of, places_of
from ingest.search.snippet import Mark, best_stretch, snippet
from ingest.search.understanding import Asked, understand

log = structlog.get_logger(__name__)

DEPTH = 100  # documents by words, and passages by meaning, that hybrid search fuses; pages lie inside it


class Mode(StrEnum):
    """How to search."""

    HYBRID = "hybrid"
    TEXT = "text"
    VECTOR = "vector"


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found; `page` and `snippet` (HTML, see `ingest.search.snippet`) are of its best passage.

    `boxes` are those of the marked words on that page, `line` the part of it to be looked at; `places` all that hold a word.
    """

    document_id: UUID
    title: str
    document_type: str | None
    document_number: str | None
    date: date | None
    object_key: str
    filename: str
    page: int
    score: float
    snippet: str
    pages_matched: list[int]
    boxes: list[Box]
    line: Crop | None
    places: list[Place] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What search found. `degraded`: the embedder was away, so a hybrid search went by words alone."""

    query: str
    corrected_query: str | None
    took_ms: float
    total: int
    hits: list[Hit]
    degraded: bool
    facets: dict[Facet, list[Counted]]


def search(
    database: Database,
    embedder: Embedder | None,
    query: str,
    *,
    mode: Mode = Mode.HYBRID,
    filters: Filters = Filters(),  # noqa: B008  (frozen)
    limit: int = 10,
    offset: int = 0,
    correct: bool = True,
    facets: Sequence[Facet] = (),
    places: bool = False,
    stand_in: Embedder | None = None,
) -> Answer:
    """The documents that answer `query`, best first; one hit a document.

    By words, a document must hold one of them, every "quoted phrase" as written (case and accents aside; ñ is a
    letter) and no -excluded word. With `correct`, a word that nothing holds is corrected, a quoted one never. `facets` are
    counted over the documents that `total` counts. Documents whose vectors
    are still to come are found by words. A question without a word that says something finds nothing in any mode; hybrid
    finds by meaning alone only what is near, and nothing where the question has a number that nothing holds. Vector mode raises AiUnavailable and the like; hybrid does without. Raises QuestionTooLong, and
    QueryTimeout where the database has a limit.
    """
    started = perf_counter()
    with database.begin() as connection:
        asked = understand(connection, query, filters, correct=correct, by_meaning=mode is Mode.VECTOR)
    embedded, degraded = _embed((embedder, stand_in), asked, mode)
    with database.begin() as connection:
        ranked, total = _rank(connection, asked, embedded, mode, offset + limit)
        hits = _hits(connection, asked, ranked[offset : offset + limit])
        if places:
            standing = places_of(connection, [hit.document_id for hit in hits], asked.terms, asked.phrases)
            hits = [replace(hit, places=standing[hit.document_id]) for hit in hits]
        counted = facet_counts.count(connection, facets, _found(asked, ranked, total)) if total else {one: [] for one in facets}
    return Answer(
        query=query,
        corrected_query=asked.question.written if asked.corrected else None,
        took_ms=round(1000 * (perf_counter() - started), 1),
        total=total,
        hits=hits,
        degraded=degraded,
        facets=counted,
    )


def _found(asked: Asked, ranked: Sequence[Ranked], total: int) -> list[ColumnElement[bool]]:
    """The conditions of the documents that were found: their ids where all are at hand, else what the question asks of them."""
    if len(ranked) == total:
        return [documents.c.id.in_([found.document_id for found in ranked])]
    return [*asked.scope.conditions, *([index.holding_documents(asked.terms)] if asked.terms else [])]


def _embed(embedders: Sequence[Embedder | None], asked: Asked, mode: Mode) -> tuple[Embedded | None, bool]:
    """The question's vector by the first that makes one, where the mode wants one and the question means something; and whether
    the first of all had to be done without.
    """
    if mode is Mode.TEXT or not asked.says_something or (mode is Mode.HYBRID and asked.names_unknown):
        return None, False
    failure: AiRateLimited | AiUnavailable | AiRejected = AiUnavailable("no embedder")
    for place, embedder in enumerate(embedders):
        try:
            if embedder is not None:
                return Embedded(embedder.model, embedder.embed_query(asked.question.asked)), place > 0
        except (AiRateLimited, AiUnavailable, AiRejected) as error:
            log.warning("search_degraded", code=error.code)
            failure = error
    if mode is Mode.VECTOR:
        raise failure
    return None, True


def _rank(connection: Connection, asked: Asked, embedded: Embedded | None, mode: Mode, limit: int) -> tuple[list[Ranked], int]:
    """The best documents, and how many were found."""
    near = ranking.rank_by_vector(connection, embedded, asked.scope, DEPTH) if embedded else {}
    if mode is Mode.VECTOR:
        ranked = grouped(near)
        return ranked, len(ranked)
    depth = DEPTH if embedded else limit
    ranked, total = [], 0
    if asked.terms:
        ranked, total = ranking.rank_by_words(connection, asked.words, asked.scope, depth)
    elif asked.phrases:
        ranked, total = ranking.rank_by_arrival(connection, asked.scope, asked.phrases[0], depth)
    if embedded is None:
        return ranked, total
    ranked = _fused(connection, asked, embedded, ranked, near)
    return ranked, len(ranked)


def _fused(
    connection: Connection, asked: Asked, embedded: Embedded, by_words: Sequence[Ranked], near: Mapping[int, tuple[UUID, float]]
) -> list[Ranked]:
    """Both lists as one, with what each says of the passages that only the other has."""
    owners = {chunk_id: found.document_id for found in by_words for chunk_id in found.passages}
    words = {chunk_id: score for found in by_words for chunk_id, score in found.passages.items()}
    cosines = {chunk_id: cosine for chunk_id, (_, cosine) in near.items()}
    # A passage whose vector is still to come is taken for as near as the farthest that was asked for.
    unknown = min(cosines.values(), default=0.0)
    cosines |= ranking.cosines(connection, embedded, [chunk_id for chunk_id in words if chunk_id not in near])
    if asked.terms:
        others = [chunk_id for chunk_id in near if chunk_id not in words]
        words |= ranking.score_by_words(connection, asked.words, others)
    floor = floor_of(embedded.model)
    owners |= {chunk_id: owner for chunk_id, (owner, cosine) in near.items() if chunk_id in words or cosine >= floor}
    return grouped(fused(owners, words, cosines, model=embedded.model, unknown=unknown))


def _hits(connection: Connection, asked: Asked, ranked: Sequence[Ranked]) -> list[Hit]:
    chunk_ids = [chunk_id for found in ranked for chunk_id in found.passages]
    rows = {row.id: row for row in index.read_passages(connection, chunk_ids, asked.terms, asked.phrases)}
    # A document erased a moment ago has no rows any more.
    shown = ((found, [rows[chunk_id] for chunk_id in found.passages if chunk_id in rows]) for found in ranked)
    drafts = [(found, passages, [best_stretch(marks_of(one)) for one in passages]) for found, passages in shown if passages]
    first = {(found.document_id, page_of(passages[0], stretches[0])) for found, passages, stretches in drafts}
    words = page_words.of_pages(connection, first)
    return [_hit(found, passages, stretches, words) for found, passages, stretches in drafts]


def _hit(
    found: Ranked,
    passages: Sequence[Row[Any]],
    stretches: Sequence[Sequence[Mark]],
    words: Mapping[tuple[UUID, int], PageWords],
) -> Hit:
    best = passages[0]
    shown = [len({mark.word for mark in stretch}) for stretch in stretches]
    pages = [page_of(passage, stretch) for passage, stretch in zip(passages, stretches, strict=True)]
    page = words.get((found.document_id, pages[0]))
    boxes, line = where(best.text, stretches[0], LetteredPage(page)) if page else NOWHERE
    return Hit(
        document_id=found.document_id,
        title=best.title or best.filename,
        document_type=best.document_type or None,
        document_number=best.document_number or None,
        date=best.issued_on,
        object_key=best.object_key,
        filename=best.filename,
        page=pages[0],
        score=round(found.score, 4),
        snippet=snippet(best.text, stretches[0]),
        # A page counts when its passage shows at least half as many of the words as the best one.
        pages_matched=sorted({on for on, many in zip(pages, shown, strict=True) if 2 * many >= shown[0]}),
        boxes=boxes,
        line=line,
    )
