"""Ranking in SQL: documents by their best passage, by words (BM25) and by vectors."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    TextClause,
    cast,
    collate,
    column,
    func,
    select,
    table,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from ingest.db.frequencies import Corpus, Term
from ingest.db.index import Scope, any_of, holds
from ingest.db.phrases import Phrase
from ingest.db.schema import chunk_terms, chunk_vectors, chunks, documents
from ingest.domain.pages import Vector

# BM25's k1 and b, as measured on Spanish text (docs/decisions/0008-search-ranking.md).
K1, B = 0.9, 0.6
# ts_rank of one lexeme is .1·S/1.645 with S = 1 + 1/4 + 1/9 … over its occurrences (PostgreSQL's tsrank.c, weight D),
# which is near .1·tf/(tf + .608): so the term frequency is had without unnesting the vector.
HALF_RANK = 0.608
BESIDE = 2.0  # what two of the question's terms are worth beside that, where they stand as far apart as in it (ibid.)
# What a question reads is bounded, however large the corpus (docs/decisions/0027-candidates-have-a-budget.md).
CANDIDATES = 2_000  # passages that are expected of the sets of terms that are asked for
LARGEST_SET = 3  # terms that a passage must hold together
SETS_OF = 6  # the rarest terms, which sets are made of
TOGETHER = 2.0  # times as often as chance has it words of a question stand together
MOST_CANDIDATES = 8_000  # scored, at some 2 µs each: a common word alone has more
MOST_OTHERS = 5_000  # with one common term, where the candidates are too few
COUNTED = 1_000  # candidates whose documents are all looked at
LOOKED_AT = 400  # the best of more, whose documents are
PASSAGES = 5  # the most of one document that are looked at


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document and its best passages with their scores, best first."""

    document_id: UUID
    passages: Mapping[int, float]

    @property
    def score(self) -> float:
        """That of its best passage."""
        return max(self.passages.values())


@dataclass(frozen=True)
class Embedded:
    """A question as a vector of a model."""

    model: str
    vector: Vector

    @cached_property
    def literal(self) -> str:
        """The vector as PostgreSQL reads it."""
        return f"[{','.join(f'{value:.7g}' for value in self.vector)}]"


@dataclass(frozen=True, slots=True)
class Words:
    """What a question looks for by words: terms, the corpus that says how much each is worth, and `neighbours`, tsqueries of two
    terms as far apart as in the question.
    """

    terms: Sequence[Term]
    corpus: Corpus
    neighbours: Sequence[str] = ()


def rank_by_words(connection: Connection, words: Words, scope: Scope, limit: int) -> tuple[list[Ranked], int]:
    """The `limit` best documents that hold one of the terms, by BM25 of their best passage; and how many there are.

    A passage that holds nothing but common terms is looked at only where others are too few. The number is exact while no more
    than 1,000 passages are candidates, and an estimate from then on (docs/decisions/0027-candidates-have-a-budget.md).
    """
    terms = words.terms
    if scope.ids is not None:
        few = _rank(connection, _among(scope.ids, terms), words, scope, limit)
        return few.ranked, few.documents
    likely, complete = _likely(terms, words.corpus)
    candidates = _LIKELY.bindparams(likely=likely, most=MOST_CANDIDATES).columns().cte("candidates")
    found = _rank(connection, candidates, words, scope, limit)
    if len(found.ranked) < limit and not complete:
        found = _rank(connection, _all(terms, cast(likely, TSQUERY), scope), words, scope, limit)
        complete = scope.is_narrow  # all that were looked at are in scope: no estimate is better than their number
    if found.is_whole and complete:
        return found.ranked, found.documents
    return found.ranked, found.total(words, complete=complete or scope.has_phrase)


@dataclass(frozen=True, slots=True)
class _Found:
    """The best documents, how many are in scope of the `looked_at` best passages, and how many passages were `scored`."""

    ranked: list[Ranked]
    documents: int
    looked_at: int
    scored: int

    @property
    def is_whole(self) -> bool:
        return self.looked_at >= self.scored

    def total(self, words: Words, *, complete: bool) -> int:
        """How many documents there will be: as many a passage as among those that were looked at."""
        corpus = words.corpus
        none = prod(1 - min(1.0, term.passages / max(corpus.passages, 1)) for term in words.terms)
        passages = self.scored if complete else corpus.passages * (1 - none)
        return max(self.documents, round(passages * self.documents / max(self.looked_at, 1)))


def _among(document_ids: Sequence[UUID], terms: Sequence[Term]) -> CTE:
    """The passages of these documents that hold one of the terms."""
    passages = select(chunk_terms.c.chunk_id, chunk_terms.c.terms, chunk_terms.c.length)
    passages = passages.join(chunks, chunks.c.id == chunk_terms.c.chunk_id)
    theirs = passages.where(chunks.c.document_id == func.any(list(document_ids)), holds(any_of(terms)))
    return theirs.limit(MOST_CANDIDATES).cte("candidates")


def _all(terms: Sequence[Term], likely: ColumnElement[Any], scope: Scope) -> CTE:
    """The likely candidates and, behind them, others; where little is in scope, only what is."""
    passages = select(chunk_terms.c.chunk_id, chunk_terms.c.terms, chunk_terms.c.length)
    if scope.is_narrow:
        passages = passages.join(chunks, chunks.c.id == chunk_terms.c.chunk_id)
        passages = passages.join(documents, documents.c.id == chunks.c.document_id).where(*scope.conditions)
    first = passages.where(holds(likely)).limit(MOST_CANDIDATES).subquery("likely")
    others = passages.where(holds(any_of(terms)), ~holds(likely)).limit(MOST_OTHERS).subquery("others")
    return union_all(select(first), select(others)).cte("candidates")


def _likely(terms: Sequence[Term], corpus: Corpus) -> tuple[str, bool]:
    """The tsquery of the passages that are likely to be the best, and whether it finds all that hold one of the terms.

    They hold together a set of terms that is worth much, and so is rare: of all sets of up to three terms those worth most, as
    many as stay within the budget.
    """
    chosen: dict[frozenset[Term], float] = {}
    # A set is worth no more than one with more terms, and so comes behind it; what it finds holds what that one finds.
    for one in sorted(_sets(terms), key=lambda some: -sum(map(corpus.rarity, some))):
        others = {other: passages for other, passages in chosen.items() if not one <= other}
        passages = _expected(one, corpus)
        if not chosen or sum(others.values()) + passages <= CANDIDATES:
            chosen = {**others, one: passages}
    complete = all(frozenset([term]) in chosen for term in terms)
    return " | ".join(f"({' & '.join(sorted(term.query for term in one))})" for one in chosen), complete


def _sets(terms: Sequence[Term]) -> Iterator[frozenset[Term]]:
    """Each term by itself, and the rarest in twos and threes."""
    yield from (frozenset([term]) for term in terms)
    rarest = sorted(terms, key=lambda term: term.passages)[:SETS_OF]
    for size in range(2, LARGEST_SET + 1):
        yield from map(frozenset, combinations(rarest, size))


def _expected(some: Collection[Term], corpus: Corpus) -> float:
    """How many passages hold all of these terms, as far as their numbers tell."""
    first, *others = sorted(term.passages for term in some)
    return prod((min(1.0, TOGETHER * passages / max(corpus.passages, 1)) for passages in others), start=float(first))


# As text, because building these statements out of parts takes longer than some of them.
_LIKELY = text("SELECT chunk_id, terms, length FROM chunk_terms WHERE terms @@ CAST(:likely AS tsquery) LIMIT :most")
_THESE = text("SELECT chunk_id, terms, length FROM chunk_terms WHERE chunk_id = ANY(:ids)")
_BEST = """
SELECT chunk_id, score, count(*) OVER () AS held FROM scored ORDER BY score DESC, chunk_id
LIMIT (SELECT CASE WHEN count(*) > :counted THEN :looked_at ELSE :counted END FROM scored)
"""
_DOCUMENT = text(f"""
chunks.document_id,
(array_agg(best.chunk_id ORDER BY best.score DESC, best.chunk_id))[1:{PASSAGES}] AS ids,
(array_agg(best.score ORDER BY best.score DESC, best.chunk_id))[1:{PASSAGES}] AS scores,
count(*) OVER () AS total,
max(best.held) AS held
""")
_passage = table("best", column("chunk_id"))
_FROM_BEST = _passage.join(chunks, chunks.c.id == _passage.c.chunk_id).join(documents, documents.c.id == chunks.c.document_id)


def _rank(connection: Connection, candidates: CTE, words: Words, scope: Scope, limit: int) -> _Found:
    """The best documents in scope."""
    looked_at = MOST_CANDIDATES + MOST_OTHERS if scope.is_narrow else LOOKED_AT
    if scope.has_phrase:
        looked_at = COUNTED  # the best are those that hold all of its words, and each text is looked at
    best = _with_neighbours(_BEST, words).bindparams(counted=COUNTED, looked_at=looked_at).columns().cte("best")
    rows = connection.execute(
        select(_DOCUMENT)
        .add_cte(candidates, _scored(words), best)
        .select_from(_FROM_BEST)
        .where(*scope.conditions)
        .group_by(text("chunks.document_id"))
        .order_by(text("max(best.score) DESC, chunks.document_id"))
        .limit(limit)
    ).all()
    ranked = [Ranked(row.document_id, dict(zip(row.ids, row.scores, strict=True))) for row in rows]
    if not rows:
        return _Found([], 0, 0, 0)
    held = rows[0].held
    return _Found(ranked, rows[0].total, held if held <= COUNTED else min(held, looked_at), held)


def rank_by_arrival(connection: Connection, scope: Scope, phrase: Phrase, limit: int) -> tuple[list[Ranked], int]:
    """The `limit` newest documents in scope, and how many there are: for a phrase without a term to rank by.

    Each with its first passage that holds the phrase, or its first.
    """
    newest = (documents.c.searchable_at.desc(), documents.c.id)
    found = select(documents.c.id, documents.c.searchable_at, func.count().over().label("total")).where(*scope.conditions)
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


def score_by_words(connection: Connection, words: Words, chunk_ids: Sequence[int]) -> dict[int, float]:
    """The same score of these passages; those that hold none of the terms are left out."""
    these = _THESE.bindparams(ids=list(chunk_ids)).columns().cte("candidates")
    found = _with_neighbours("SELECT chunk_id, score, 0 AS held FROM scored WHERE score > 0", words)
    rows = connection.execute(found.columns().add_cte(these, _scored(words)))
    return {row.chunk_id: row.score for row in rows}


def _with_neighbours(scored: str, words: Words) -> TextClause:
    """The scored passages, each worth more for every pair of the question's terms that stands in it as far apart."""
    if not words.neighbours:
        return text(scored)
    pairs = {f"pair_{place}": pair for place, pair in enumerate(words.neighbours)}
    standing = " + ".join(f"CAST(chunk_terms.terms @@ CAST(:{pair} AS tsquery) AS int)" for pair in pairs)
    joined = f"""
    SELECT chunk_id, CAST(score + :beside * ({standing}) AS real) AS score, held
    FROM ({scored}) AS by_terms JOIN chunk_terms USING (chunk_id)
    """  # noqa: S608  (of our own parts alone)
    return text(joined).bindparams(beside=BESIDE, **pairs)


def _scored(words: Words) -> CTE:
    """BM25 of the `candidates`: Σ idf·(k1 + 1)·tf / (tf + K), K = k1·(1 - b + b·length/average).

    tf/(tf + K) with tf = HALF_RANK·r/(1 - r) and r = 10·ts_rank, which is 0 where the term does not stand. A sum written out:
    a join with the terms would look each of them up in the index once more, a subquery takes a quarter longer.
    """
    terms, corpus = words.terms, words.corpus
    weight = "(CAST(:flat AS real) + CAST(:sloped AS real) * length)"
    shares = " + ".join(
        f"coalesce(CAST(:most_{place} AS real) / (CAST(:half AS real) - {weight}"
        f" + CAST(0.1 AS real) * {weight} / nullif(ts_rank(terms, CAST(:term_{place} AS tsquery)), 0)), 0)"
        for place in range(len(terms))
    )
    most = {f"most_{place}": HALF_RANK * (K1 + 1) * corpus.rarity(term) for place, term in enumerate(terms)}
    queries = {f"term_{place}": term.query for place, term in enumerate(terms)}
    weights = {"half": HALF_RANK, "flat": K1 * (1 - B), "sloped": K1 * B / corpus.average_length}
    scored = text(f"SELECT chunk_id, CAST({shares} AS real) AS score FROM candidates")  # noqa: S608  (of our own parts alone)
    return scored.bindparams(**most, **queries, **weights).columns().cte("scored").prefix_with("MATERIALIZED")


def rank_by_vector(connection: Connection, question: Embedded, scope: Scope, depth: int) -> dict[int, tuple[UUID, float]]:
    """The `depth` passages nearest to the question: chunk id → its document and cosine, nearest first."""
    if scope.ids is not None:
        return _nearest_among(connection, question, scope.ids, depth)
    distance = _distance(question)
    nearest = (
        select(text(f"chunk_vectors.chunk_id, chunks.document_id, {distance} AS distance"))
        .select_from(_WITH_VECTOR)
        # psycopg2 writes parameters into the statement, so the planner sees which model's partial index fits.
        .where(chunk_vectors.c.model == question.model, *scope.conditions)
        .order_by(text(distance))
        .limit(depth)
        .cte("nearest")
        .prefix_with("MATERIALIZED")
    )
    # The index gives them in relaxed order.
    ordered = text("SELECT chunk_id, document_id, distance FROM nearest ORDER BY distance, chunk_id")
    rows = connection.execute(ordered.columns().add_cte(nearest), {"asked": question.literal})
    return {row.chunk_id: (row.document_id, 1 - row.distance) for row in rows}


def _nearest_among(
    connection: Connection, question: Embedded, document_ids: Sequence[UUID], depth: int
) -> dict[int, tuple[UUID, float]]:
    """The same among all passages of these documents, each compared."""
    found = f"""
    WITH compared AS MATERIALIZED (
        SELECT chunk_vectors.chunk_id, chunks.document_id, {_distance(question)} AS distance
        FROM chunks JOIN chunk_vectors ON chunk_vectors.chunk_id = chunks.id AND chunk_vectors.model = :model
        WHERE chunks.document_id = ANY(CAST(:ids AS uuid[]))
    )
    SELECT chunk_id, document_id, distance FROM compared ORDER BY distance, chunk_id LIMIT :depth
    """  # noqa: S608  (of our own parts alone)
    given = {"asked": question.literal, "model": question.model, "ids": list(map(str, document_ids)), "depth": depth}
    return {row.chunk_id: (row.document_id, 1 - row.distance) for row in connection.execute(text(found), given)}


_WITH_VECTOR = chunk_vectors.join(chunks, chunks.c.id == chunk_vectors.c.chunk_id).join(
    documents, documents.c.id == chunks.c.document_id
)


def cosines(connection: Connection, question: Embedded, chunk_ids: Sequence[int]) -> dict[int, float]:
    """The cosine of these passages to the question; those without a vector of its model are left out."""
    found = f"SELECT chunk_id, {_distance(question)} AS distance FROM chunk_vectors WHERE model = :model AND chunk_id = ANY(:ids)"  # noqa: S608  (of our own parts alone)
    given = {"asked": question.literal, "model": question.model, "ids": list(chunk_ids)}
    return {row.chunk_id: 1 - row.distance for row in connection.execute(text(found), given)}


def _distance(question: Embedded) -> str:
    """The cosine distance in SQL, where `:asked` is the question: the expression of the index, letter by letter."""
    size = len(question.vector)
    return f"((chunk_vectors.vector::halfvec({size:d})) <=> CAST(:asked AS halfvec({size:d})))"
