"""Ranking in SQL: documents by their best passage, by words (BM25) and by vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ARRAY,
    CTE,
    REAL,
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    cast,
    collate,
    func,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import TSQUERY, aggregate_order_by

from ingest.db.index import Corpus, Term, any_of, holds
from ingest.db.phrases import Phrase
from ingest.db.schema import chunk_terms, chunk_vectors, chunks, documents
from ingest.domain.pages import Vector

# BM25's k1 and b, as measured on Spanish text (docs/decisions/0008-search-ranking.md).
K1, B = 0.9, 0.6
# ts_rank of one lexeme is .1·S/1.645 with S = 1 + 1/4 + 1/9 … over its occurrences (PostgreSQL's tsrank.c, weight D),
# which is near .1·tf/(tf + .608): so the term frequency is had without unnesting the vector.
HALF_RANK = 0.608
# Candidates are the passages that hold one of the rarest terms: as many terms as reach this number together.
CANDIDATES = 5000
PASSAGES = 5  # the most of one document that are looked at
EF_SEARCH = 200  # length of HNSW's list of candidates: recall .995; not less than the depth that is asked for


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document and its best passages with their scores, best first."""

    document_id: UUID
    passages: Mapping[int, float]

    @property
    def score(self) -> float:
        """That of its best passage."""
        return max(self.passages.values())


@dataclass(frozen=True, slots=True)
class Embedded:
    """A question as a vector of a model."""

    model: str
    vector: Vector


def rank_by_words(
    connection: Connection, terms: Sequence[Term], corpus: Corpus, scope: Sequence[ColumnElement[bool]], limit: int
) -> tuple[list[Ranked], int]:
    """The `limit` best documents that hold one of the terms, by BM25 of their best passage; and how many there are.

    Common terms alone make no candidate while the rarer ones bring enough; they count for the score all the same.
    """
    rarest = _rarest(terms)
    ranked, total = _rank(connection, _scored(terms, corpus, [holds(any_of(rarest)), *scope]), limit)
    if len(ranked) < limit and len(rarest) < len(terms):
        ranked, total = _rank(connection, _scored(terms, corpus, [holds(any_of(terms)), *scope]), limit)
    return ranked, total


def _rarest(terms: Sequence[Term]) -> list[Term]:
    chosen: list[Term] = []
    for term in sorted(terms, key=lambda term: term.passages):
        if sum(one.passages for one in chosen) >= CANDIDATES:
            break
        chosen.append(term)
    return chosen


def _rank(connection: Connection, scored: CTE, limit: int) -> tuple[list[Ranked], int]:
    best_first = (scored.c.score.desc(), scored.c.chunk_id)
    ids = type_coerce(func.array_agg(aggregate_order_by(scored.c.chunk_id, *best_first)), ARRAY(BigInteger))
    scores = type_coerce(func.array_agg(aggregate_order_by(scored.c.score, *best_first)), ARRAY(REAL))
    rows = connection.execute(
        select(
            scored.c.document_id,
            ids[1:PASSAGES].label("ids"),
            scores[1:PASSAGES].label("scores"),
            func.count().over().label("total"),
        )
        .group_by(scored.c.document_id)
        .order_by(func.max(scored.c.score).desc(), scored.c.document_id)
        .limit(limit)
    ).all()
    ranked = [Ranked(row.document_id, dict(zip(row.ids, row.scores, strict=True))) for row in rows]
    return ranked, rows[0].total if rows else 0


def rank_by_arrival(
    connection: Connection, scope: Sequence[ColumnElement[bool]], phrase: Phrase, limit: int
) -> tuple[list[Ranked], int]:
    """The `limit` newest documents in scope, and how many there are: for a phrase without a term to rank by.

    Each with its first passage that holds the phrase, or its first.
    """
    newest = (documents.c.searchable_at.desc(), documents.c.id)
    found = select(documents.c.id, documents.c.searchable_at, func.count().over().label("total")).where(*scope)
    page = found.order_by(*newest).limit(limit).cte("found").prefix_with("MATERIALIZED")
    holding = collate(chunks.c.text, "pg_c_utf8").regexp_match(phrase.pattern)
    passage = select(chunks.c.id).where(chunks.c.document_id == page.c.id).order_by(holding.desc(), chunks.c.ordinal).limit(1)
    shown = passage.lateral("shown")
    rows = connection.execute(
        select(page.c.id, page.c.total, shown.c.id.label("chunk_id"))
        .join(shown, true())
        .order_by(page.c.searchable_at.desc(), page.c.id)
    ).all()
    return [Ranked(row.id, {row.chunk_id: 0.0}) for row in rows], rows[0].total if rows else 0


def score_by_words(connection: Connection, terms: Sequence[Term], corpus: Corpus, chunk_ids: Sequence[int]) -> dict[int, float]:
    """BM25 of these passages; those that hold none of the terms are left out."""
    scored = _scored(terms, corpus, [chunk_terms.c.chunk_id.in_(chunk_ids)])
    return {row.chunk_id: row.score for row in connection.execute(select(scored.c.chunk_id, scored.c.score))}


def _scored(terms: Sequence[Term], corpus: Corpus, conditions: Sequence[ColumnElement[bool]]) -> CTE:
    """BM25 of the passages that the conditions leave: Σ idf·(k1 + 1)·tf / (tf + K), K = k1·(1 - b + b·length/average)."""
    queries = cast(cast([term.query for term in terms], ARRAY(Text)), ARRAY(TSQUERY))
    rarities = cast([corpus.rarity(term) for term in terms], ARRAY(REAL))
    wanted = func.unnest(queries, rarities).table_valued("query", "rarity").render_derived(name="wanted")
    weight = K1 * (1 - B) + K1 * B * chunk_terms.c.length / corpus.average_length
    # tf/(tf + K) with tf = HALF_RANK·r/(1 - r) and r = 10·ts_rank
    frequency = HALF_RANK / (HALF_RANK - weight + 0.1 * weight / func.ts_rank(chunk_terms.c.terms, wanted.c.query))
    return (
        select(chunk_terms.c.chunk_id, chunks.c.document_id, func.sum(wanted.c.rarity * (K1 + 1) * frequency).label("score"))
        .join(chunks, chunks.c.id == chunk_terms.c.chunk_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .join(wanted, holds(wanted.c.query))
        .where(*conditions)
        .group_by(chunk_terms.c.chunk_id, chunks.c.document_id)
        .cte("scored")
    )


def rank_by_vector(
    connection: Connection, question: Embedded, scope: Sequence[ColumnElement[bool]], depth: int
) -> dict[int, tuple[UUID, float]]:
    """The `depth` passages nearest to the question: chunk id → its document and cosine, nearest first."""
    # Iterative: with a filter, HNSW would otherwise stop before it has enough. Relaxed order is put right below.
    connection.execute(
        select(
            func.set_config("hnsw.ef_search", str(EF_SEARCH), True),
            func.set_config("hnsw.iterative_scan", "relaxed_order", True),
        )
    )
    distance = _distance(question)
    nearest = (
        select(chunk_vectors.c.chunk_id, chunks.c.document_id, distance.label("distance"))
        .join(chunks, chunks.c.id == chunk_vectors.c.chunk_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        # psycopg2 writes parameters into the statement, so the planner sees which model's partial index fits.
        .where(chunk_vectors.c.model == question.model, *scope)
        .order_by(distance)
        .limit(depth)
        .cte("nearest")
        .prefix_with("MATERIALIZED")
    )
    rows = connection.execute(select(nearest).order_by(nearest.c.distance, nearest.c.chunk_id))
    return {row.chunk_id: (row.document_id, 1 - row.distance) for row in rows}


def cosines(connection: Connection, question: Embedded, chunk_ids: Sequence[int]) -> dict[int, float]:
    """The cosine of these passages to the question; those without a vector of its model are left out."""
    rows = connection.execute(
        select(chunk_vectors.c.chunk_id, _distance(question).label("distance")).where(
            chunk_vectors.c.model == question.model, chunk_vectors.c.chunk_id.in_(chunk_ids)
        )
    )
    return {row.chunk_id: 1 - row.distance for row in rows}


def _distance(question: Embedded) -> ColumnElement[float]:
    # The expression of the index, letter by letter: (vector::halfvec(n)) <=> …
    half = type_coerce(cast(chunk_vectors.c.vector, HALFVEC(len(question.vector))), HALFVEC(len(question.vector)))
    distance: ColumnElement[float] = half.cosine_distance(list(question.vector))
    return distance
