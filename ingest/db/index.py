"""Search in SQL: making terms of passages and questions, whom a question may find, and what a hit shows.

`spanish_terms` (migrations 0002 and 0004) makes terms of text, for passages and questions alike.
Ranking is in `ingest.db.ranking`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY, array

from ingest.db import phrases, vocabulary
from ingest.db.documents import Filters
from ingest.db.phrases import Phrase
from ingest.db.schema import chunk_terms, chunks, document_texts, documents
from ingest.domain.documents import Status

# Around a marked word in what `read_passages` returns. Private-use characters: `fold_spanish` lets none through.
START, STOP = "\ue000", "\ue001"

# How terms are made outside of SQL (`ingest.domain.numbers`, `ingest.domain.spellings`). Documents with terms of another recipe
# get theirs anew (`ingest.upkeep.renewal`): change it whenever those modules give other terms.
TERMS = "2"

# --- indexing ----------------------------------------------------------------------------------

_INDEX = text("""
INSERT INTO chunk_terms (chunk_id, terms, length)
SELECT id, terms, (SELECT coalesce(sum(coalesce(cardinality(positions), 1)), 0) FROM unnest(terms))
FROM (
    SELECT chunks.id,
        spanish_terms(chunks.text) || strip(spanish_terms(joined)) || array_to_tsvector(string_to_array(numbers, ' ')) ||
        -- The first passage is also found by what stands outside the text.
        CASE WHEN chunks.ordinal = 0
            THEN spanish_terms(concat_ws(' ', title, regexp_replace(filename, '\\.[[:alnum:]]{1,5}$', '')))
            ELSE '' END AS terms
    FROM chunks
    JOIN documents ON documents.id = document_id
    JOIN unnest(cast(:joined AS text[]), cast(:numbers AS text[])) WITH ORDINALITY AS given (joined, numbers, place)
        ON place = chunks.ordinal + 1
    WHERE document_id = :document_id
) AS passages
ON CONFLICT (chunk_id) DO UPDATE SET terms = excluded.terms, length = excluded.length
WHERE chunk_terms.terms IS DISTINCT FROM excluded.terms
""")


def index_chunks(connection: Connection, document_id: UUID, terms: Sequence[Collection[str]]) -> None:
    """Make the document's chunks findable by words, numbers, title and file name.

    `terms` are those of its chunks in order that SQL does not make (`ingest.domain.numbers.terms_of_passages`), made before
    the transaction began: one with a colon is the index's own, one without is a word. To be called after its chunks and its
    description are written, in the same transaction.
    """
    _index(connection, document_id, terms)
    connection.execute(update(document_texts).where(document_texts.c.document_id == document_id).values(terms_recipe=TERMS))
    vocabulary.learn(connection, document_id)


def index_first_chunk(connection: Connection, document_id: UUID, terms: Collection[str]) -> None:
    """Make the document's first chunk, which is also found by what stands outside the text, findable anew; the others stay."""
    _index(connection, document_id, [terms])


def _index(connection: Connection, document_id: UUID, terms: Sequence[Collection[str]]) -> None:
    numbers = [" ".join(sorted(term for term in passage if ":" in term)) for passage in terms]
    joined = [" ".join(sorted(term for term in passage if ":" not in term)) for passage in terms]
    connection.execute(_INDEX, {"document_id": document_id, "joined": joined, "numbers": numbers})


def outdated(connection: Connection) -> UUID | None:
    """A document whose terms are of another recipe, locked; None where there is none that nobody else has locked."""
    return connection.execute(
        select(document_texts.c.document_id)
        .where(or_(document_texts.c.terms_recipe < TERMS, document_texts.c.terms_recipe > TERMS))  # by the index
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()


# --- asking ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the index and how many passages hold it; `weight` is its share of what a term counts.

    `any_of` are the lexemes that a prefix stands for.
    """

    lexeme: str
    passages: int
    weight: float = 1.0
    any_of: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The term as a tsquery. A lexeme is letters, digits, `:`, `.` and `-`: nothing in it needs escaping."""
        return f"({' | '.join(self.any_of)})" if self.any_of else f"'{self.lexeme}'"


@dataclass(frozen=True, slots=True)
class Corpus:
    """How many passages there are, and how many terms one has on average."""

    passages: int
    average_length: float

    def rarity(self, term: Term) -> float:
        """BM25's inverse document frequency, by the term's weight."""
        return term.weight * log(1 + (self.passages - term.passages + 0.5) / (term.passages + 0.5))


_MOST_PREFIXED = 50  # words that a prefix may stand for

# PostgreSQL keeps how often the commonest terms occur, for its planner. What it keeps is read, so that only rare terms, of
# which there are few passages, are counted; a small table is counted whole, which takes a millisecond.
_COUNTED_WHOLE = 20_000  # passages

_KEPT = """
kept AS MATERIALIZED (
    SELECT lexeme, round(share * greatest(reltuples, 0)) AS passages
    FROM pg_class
    JOIN pg_stats ON schemaname = relnamespace::regnamespace::text AND tablename = relname AND attname = 'terms',
        -- Three shares more than terms: the lowest, the highest, and that of the rows without any.
        unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (lexeme, share)
    WHERE pg_class.oid = 'chunk_terms'::regclass AND reltuples > :counted_whole AND lexeme IS NOT NULL
)
"""

_LOOK_UP = text(
    f"""
WITH {_KEPT}, asked AS (
    SELECT word, unnest(tsvector_to_array(spanish_terms(word))) AS lexeme FROM unnest(cast(:words AS text[])) AS word
    UNION ALL
    SELECT lexeme, lexeme FROM unnest(cast(:lexemes AS text[])) AS lexeme
)
SELECT word, lexeme, coalesce(
    (SELECT passages FROM kept WHERE kept.lexeme = asked.lexeme),
    (SELECT count(*) FROM chunk_terms WHERE terms @@ cast('''' || asked.lexeme || '''' AS tsquery))
)::bigint AS passages
FROM asked
"""  # noqa: S608  (a constant of this module)
)


def look_up(connection: Connection, words: Sequence[str], lexemes: Sequence[str] = ()) -> dict[str, list[Term]]:
    """The terms of each word, and each of `lexemes` as its own; a stop word has none.

    How many passages hold a term is exact but for the commonest of a large corpus (docs/decisions/0024-what-postgresql-counts.md).
    """
    found: dict[str, list[Term]] = {word: [] for word in words}
    for row in connection.execute(_LOOK_UP, {"words": list(words), "lexemes": list(lexemes), "counted_whole": _COUNTED_WHOLE}):
        found.setdefault(row.word, []).append(Term(row.lexeme, row.passages))
    return found


# The words that begin so, as terms, because a stem may be shorter than the prefix; and what is no word of the vocabulary.
_PREFIXED = text("""
SELECT prefix, query, (SELECT count(*) FROM chunk_terms WHERE terms @@ cast(query AS tsquery)) AS passages
FROM (
    SELECT prefix, string_agg(DISTINCT quoted, ' | ') AS query
    FROM unnest(cast(:prefixes AS text[])) AS prefix,
        btrim(fold_spanish(prefix)) AS folded,
        LATERAL (
            SELECT '''' || folded || ''':*' AS quoted WHERE folded ~ '^[[:alnum:]]+$'
            UNION ALL
            SELECT '''' || lexeme || '''' FROM (
                SELECT word FROM vocabulary
                WHERE word LIKE folded || '%' OR word LIKE translate(folded, 'ó', 'o') || '%'
                LIMIT :most
            ) AS begun, unnest(tsvector_to_array(spanish_terms(word))) AS lexeme
        ) AS quotes
    GROUP BY prefix
) AS prefixed
""")


def look_up_prefixes(connection: Connection, prefixes: Sequence[str]) -> list[Term]:
    """The term of each prefix: a passage holds it that holds a word which begins so."""
    if not prefixes:
        return []
    rows = connection.execute(_PREFIXED, {"prefixes": list(prefixes), "most": _MOST_PREFIXED})
    return [Term(f"{row.prefix}*", row.passages, any_of=tuple(row.query.split(" | "))) for row in rows]


_CORPUS = text("""
SELECT reltuples AS passages,
    (SELECT sum(value::text::real * share) FROM unnest(most_common_vals::text::int[], most_common_freqs) AS common (value, share))
        AS common,
    1 - coalesce((SELECT sum(share) FROM unnest(most_common_freqs) AS share), 0) AS rest,
    (SELECT avg(bound) FROM unnest(histogram_bounds::text::int[]) AS bound) AS average
FROM pg_class
JOIN pg_stats ON schemaname = relnamespace::regnamespace::text AND tablename = relname AND attname = 'length'
WHERE pg_class.oid = 'chunk_terms'::regclass AND reltuples > :counted_whole
""")


def corpus(connection: Connection) -> Corpus:
    """The size of what is searched: counted while that is small, from then on as PostgreSQL keeps it for its planner."""
    kept = connection.execute(_CORPUS, {"counted_whole": _COUNTED_WHOLE}).one_or_none()
    if kept is not None:
        average = (kept.common or 0.0) + kept.rest * float(kept.average or 0.0)
        return Corpus(int(kept.passages), max(average, 1.0))
    row = connection.execute(select(func.count(), func.coalesce(func.avg(chunk_terms.c.length), 1))).one()
    return Corpus(row[0], max(float(row[1]), 1.0))


def scope(
    connection: Connection, filters: Filters, quoted: Sequence[Phrase], without: Sequence[str]
) -> list[ColumnElement[bool]]:
    """The documents that may be hits: in search, as filtered, with every phrase as written, without these words."""
    live = [documents.c.searchable_at.is_not(None), documents.c.status.not_in([Status.DELETED, Status.SUPERSEDED])]
    return [
        *live,
        *filters.conditions(),
        *map(phrases.stands_in, quoted),
        *(~phrases.among(phrases.holding(words)) for words in without),
        *(~phrases.among(phrases.holding_as_written(phrase)) for phrase in phrases.read(connection, without)),
    ]


def holds(query: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a passage's terms match the tsquery."""
    return chunk_terms.c.terms.bool_op("@@")(query)


def any_of(terms: Sequence[Term]) -> ColumnElement[Any]:
    """The tsquery of passages that hold at least one of these."""
    return cast(" | ".join(term.query for term in terms), TSQUERY)


def holding_documents(terms: Sequence[Term]) -> ColumnElement[bool]:
    """The documents of which a passage holds at least one of the terms."""
    owners = select(chunks.c.document_id).join(chunk_terms, chunk_terms.c.chunk_id == chunks.c.id).where(holds(any_of(terms)))
    return documents.c.id.in_(owners)


# --- showing -----------------------------------------------------------------------------------


def holding_chunks(connection: Connection, document_ids: Sequence[UUID], terms: Sequence[Term], limit: int) -> list[int]:
    """The passages of these documents that hold one of the terms, the first `limit` of each."""
    if not document_ids or not terms:
        return []
    place = func.row_number().over(partition_by=chunks.c.document_id, order_by=chunks.c.ordinal).label("place")
    found = (
        select(chunks.c.id, place)
        .join(chunk_terms, chunk_terms.c.chunk_id == chunks.c.id)
        .where(chunks.c.document_id.in_(document_ids), holds(any_of(terms)))
        .subquery()
    )
    return list(connection.execute(select(found.c.id).where(found.c.place <= limit)).scalars())


def read_passages(
    connection: Connection, chunk_ids: Sequence[int], terms: Sequence[Term], quoted: Sequence[Phrase] = ()
) -> list[Row[Any]]:
    """These passages with their documents, `quoted`: where the first of the phrases stands (0, 0 for nowhere), and `headline`: the folded passage with the terms marked.

    An offset in the folded passage is one in the passage; a mark leaves out the letters that make a plural.
    """
    headline = func.ts_headline(
        cast("bandeja", REGCONFIG),
        func.singular_spanish(func.fold_spanish(chunks.c.text)),
        any_of(terms),
        f'HighlightAll=true, StartSel="{START}", StopSel="{STOP}"',
    )
    shown = (documents.c[name] for name in ("title", "document_type", "document_number", "issued_on", "object_key", "filename"))
    return list(
        connection.execute(
            select(
                chunks.c.id,
                chunks.c.document_id,
                chunks.c.text,
                chunks.c.char_start,
                chunks.c.char_end,
                document_texts.c.page_starts,
                headline.label("headline"),
                (phrases.place(quoted[0]) if quoted else array([0, 0])).label("quoted"),
                *shown,
            )
            .join(documents, documents.c.id == chunks.c.document_id)
            .join(document_texts, document_texts.c.document_id == chunks.c.document_id)
            .where(chunks.c.id.in_(chunk_ids))
        )
    )
