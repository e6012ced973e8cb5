"""Ranking in SQL: documents by their best passage, by words (BM25) and by vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    ARRAY,
    CTE,
    REAL,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Text,
    cast,
    collate,
    func,
    select,
    true,
    type_coerce,
    union_all,
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
# What a question reads is bounded, however large the corpus (docs/decisions/0027-candidates-have-a-budget.md).
CANDIDATES = 2_000  # passages that hold one of the rarest terms: as many terms as stay below this together
PAIRED = 3  # terms that come next, of which a passage must hold two
MOST_CANDIDATES = 8_000  # scored, at some 3 µs each: a common word alone has more
MOST_OTHERS = 5_000  # with one common term, where the candidates are too few
SCORED_FIRST = 1_000  # of the best passages the documents are looked at
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

    A passage that holds nothing but one common term is looked at only where others are too few. The number is exact while no more
    than 1,000 passages are candidates, and an estimate from then on (docs/decisions/0027-candidates-have-a-budget.md).
    """
    likely, complete = _likely(terms)
    candidates = _passages().where(holds(likely)).limit(MOST_CANDIDATES).subquery("candidates")
    ranked, total, cut = _rank(connection, _scored(terms, corpus, candidates), scope, limit)
    if len(ranked) < limit and (cut or not complete):
        in_scope = _passages().join(chunks, chunks.c.id == chunk_terms.c.chunk_id)
        in_scope = in_scope.join(documents, documents.c.id == chunks.c.document_id).where(*scope)
        first = in_scope.where(holds(likely)).limit(MOST_CANDIDATES).subquery("likely")
        others = in_scope.where(holds(any_of(terms)), ~holds(likely)).limit(MOST_OTHERS).subquery("others")
        all_of_them = union_all(select(first), select(others)).subquery("candidates")
        ranked, total, _ = _rank(connection, _scored(terms, corpus, all_of_them), scope, limit)
    return ranked, total


def _likely(terms: Sequence[Term]) -> tuple[ColumnElement[Any], bool]:
    """The tsquery of the passages that are likely to be the best, and whether it finds all that hold one of the terms.

    They hold one of the rarest terms, as many as stay within the budget, or two of those that come next.
    """
    rarest = sorted(terms, key=lambda term: term.passages)
    sums = accumulate(term.passages for term in rarest)
    whole = [term for term, passages in zip(rarest, sums, strict=True) if passages <= CANDIDATES] or rarest[:1]
    pairs = [f"({one.query} & {other.query})" for one, other in combinations(rarest[len(whole) :][:PAIRED], 2)]
    if len(whole) == 1 and whole[0].passages > CANDIDATES and len(rarest) > 1:
        whole, pairs = [], [f"({one.query} & {other.query})" for one, other in combinations(rarest[:PAIRED], 2)]
    return cast(" | ".join([*(term.query for term in whole), *pairs]), TSQUERY), len(whole) == len(rarest)


def _passages() -> Select[Any]:
    return select(chunk_terms.c.chunk_id, chunk_terms.c.terms, chunk_terms.c.length)


def _rank(
    connection: Connection, scored: CTE, scope: Sequence[ColumnElement[bool]], limit: int
) -> tuple[list[Ranked], int, bool]:
    """The best documents in scope, how many there are, and whether passages beyond the best were left out."""
    best_first = (scored.c.score.desc(), scored.c.chunk_id)
    best = select(scored, func.count().over().label("held")).order_by(*best_first).limit(SCORED_FIRST).subquery("best")
    order = (best.c.score.desc(), best.c.chunk_id)
    ids = type_coerce(func.array_agg(aggregate_order_by(best.c.chunk_id, *order)), ARRAY(BigInteger))
    scores = type_coerce(func.array_agg(aggregate_order_by(best.c.score, *order)), ARRAY(REAL))
    rows = connection.execute(
        select(
            chunks.c.document_id,
            ids[1:PASSAGES].label("ids"),
            scores[1:PASSAGES].label("scores"),
            func.count().over().label("total"),
            func.max(best.c.held).label("held"),
        )
        .select_from(best)
        .join(chunks, chunks.c.id == best.c.chunk_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(*scope)
        .group_by(chunks.c.document_id)
        .order_by(func.max(best.c.score).desc(), chunks.c.document_id)
        .limit(limit)
    ).all()
    ranked = [Ranked(row.document_id, dict(zip(row.ids, row.scores, strict=True))) for row in rows]
    if not rows:
        return [], 0, True
    held, total = rows[0].held, rows[0].total
    return ranked, round(total * max(1.0, held / SCORED_FIRST)), held > SCORED_FIRST


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
    these = _passages().where(chunk_terms.c.chunk_id.in_(chunk_ids)).subquery("candidates")
    scored = _scored(terms, corpus, these)
    rows = connection.execute(select(scored.c.chunk_id, scored.c.score).where(scored.c.score > 0))
    return {row.chunk_id: row.score for row in rows}


def _scored(terms: Sequence[Term], corpus: Corpus, candidates: Subquery) -> CTE:
    """BM25 of the candidates: Σ idf·(k1 + 1)·tf / (tf + K), K = k1·(1 - b + b·length/average)."""
    queries = cast(cast([term.query for term in terms], ARRAY(Text)), ARRAY(TSQUERY))
    most = cast([HALF_RANK * (K1 + 1) * corpus.rarity(term) for term in terms], ARRAY(REAL))
    wanted = func.unnest(queries, most).table_valued("query", "most").render_derived(name="wanted")
    weight = cast(K1 * (1 - B), REAL) + cast(K1 * B / corpus.average_length, REAL) * candidates.c.length
    # tf/(tf + K) with tf = HALF_RANK·r/(1 - r) and r = 10·ts_rank, which is 0 where the term does not stand.
    rank = func.nullif(func.ts_rank(candidates.c.terms, wanted.c.query), 0)
    share = wanted.c.most / (cast(HALF_RANK, REAL) - weight + cast(0.1, REAL) * weight / rank)
    # Not by a join with the terms: it would look each of them up in the index once more.
    score = select(func.sum(share)).select_from(wanted).scalar_subquery()
    return select(candidates.c.chunk_id, score.label("score")).cte("scored").prefix_with("MATERIALIZED")


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
