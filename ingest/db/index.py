"""Search in SQL: making terms of passages and questions, whom a question may find, and what a hit shows.

`spanish_terms` (migrations 0002 and 0004) makes terms of text, for passages and questions alike.
Ranking is in `ingest.db.ranking`.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY, array

from ingest.db import phrases, vocabulary
from ingest.db.documents import Filters
from ingest.db.frequencies import Term
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


class Scope(NamedTuple):
    """The documents that may be hits.

    `is_narrow`: more is asked of them than to be in search; `has_phrase`: words in a row, which single words say nothing of;
    `ids`: all of them, where they are few.
    """

    conditions: list[ColumnElement[bool]]
    is_narrow: bool
    has_phrase: bool = False
    ids: list[UUID] | None = None

    def but(self, document_id: UUID) -> "Scope":
        """Without this document."""
        return Scope([*self.conditions, documents.c.id != document_id], is_narrow=True)


FEW = 1_000  # documents that are looked at one by one, rather than what stands nearest in all


def scope(connection: Connection, filters: Filters, quoted: Sequence[Phrase], without: Sequence[str]) -> Scope:
    """The documents that may be hits: in search, as filtered, with every phrase as written, without these words."""
    live = [documents.c.searchable_at.is_not(None), *(documents.c.status != gone for gone in (Status.DELETED, Status.SUPERSEDED))]
    filtered = filters.conditions()
    asked = [
        *filtered,
        *map(phrases.stands_in, quoted),
        *(~phrases.holds_in_any_inflection(words) for words in without),
        *(~phrases.stands_in(phrase) for phrase in phrases.read(connection, without)),
    ]
    rare = [documents.c.id.in_(phrases.holding_as_written(phrase)) for phrase in quoted if phrase.is_rare]
    if filtered or rare:
        ids = list(connection.execute(select(documents.c.id).where(*live, *rare, *asked).limit(FEW + 1)).scalars())
        if len(ids) <= FEW:
            return Scope([documents.c.id.in_(ids)], is_narrow=True, ids=ids)
    return Scope([*live, *asked], is_narrow=bool(asked), has_phrase=bool(quoted))


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
            .where(chunks.c.id == func.any(list(chunk_ids)))
        )
    )
