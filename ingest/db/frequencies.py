"""How common terms are: read from what PostgreSQL keeps of a large corpus, once a minute, and counted where it keeps nothing.

See docs/decisions/0024-what-postgresql-counts.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log
from time import monotonic
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select, text

from ingest.db.schema import chunk_terms


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


class Kept(NamedTuple):
    """What PostgreSQL keeps of a corpus for its planner: its size and mean length, and the passages of its commonest terms."""

    corpus: Corpus
    passages: Mapping[str, int]


# What PostgreSQL keeps is read, so that only rare terms, of which there are few passages, are counted; a small table is counted
# whole, which takes a millisecond.
_COUNTED_WHOLE = 20_000  # passages
_KEPT_SECONDS = 60.0  # it takes 3 ms to read, and autovacuum refreshes it when a tenth of the rows has changed
_kept: WeakKeyDictionary[Engine, tuple[float, Kept | None]] = WeakKeyDictionary()

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

_COMMONEST = text("""
SELECT lexeme, round(share * reltuples)::bigint AS passages
FROM pg_class
JOIN pg_stats ON schemaname = relnamespace::regnamespace::text AND tablename = relname AND attname = 'terms',
    -- Three shares more than terms: the lowest, the highest, and that of the rows without any.
    unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (lexeme, share)
WHERE pg_class.oid = 'chunk_terms'::regclass AND lexeme IS NOT NULL
""")


def kept(connection: Connection) -> Kept | None:
    """What PostgreSQL keeps, as it was within the last minute; None for a corpus that is small or that it has never looked at."""
    now = monotonic()
    read_at, known = _kept.get(connection.engine, (-_KEPT_SECONDS, None))
    if now - read_at < _KEPT_SECONDS:
        return known
    row = connection.execute(_CORPUS, {"counted_whole": _COUNTED_WHOLE}).one_or_none()
    known = None
    if row is not None:
        average = (row.common or 0.0) + row.rest * float(row.average or 0.0)
        passages = {common.lexeme: common.passages for common in connection.execute(_COMMONEST)}
        known = Kept(Corpus(int(row.passages), max(average, 1.0)), passages)
    _kept[connection.engine] = now, known
    return known


def forget(engine: Engine) -> None:
    """Read anew what PostgreSQL keeps when it is next asked for."""
    _kept.pop(engine, None)


def corpus(connection: Connection) -> Corpus:
    """The size of what is searched: counted while that is small, from then on as PostgreSQL keeps it."""
    if known := kept(connection):
        return known.corpus
    row = connection.execute(select(func.count(), func.coalesce(func.avg(chunk_terms.c.length), 1))).one()
    return Corpus(row[0], max(float(row[1]), 1.0))


# --- looking terms up --------------------------------------------------------------------------

# What `spanish_terms` makes of words; a word is always the same terms.
_lexemes: dict[str, list[str]] = {}
_MOST_WORDS = 50_000
_LONGEST_KEPT = 40  # characters; a phrase is seldom asked for twice

_LEXEMES = text("SELECT word, tsvector_to_array(spanish_terms(word)) AS lexemes FROM unnest(cast(:words AS text[])) AS word")

_COUNT = text("""
SELECT lexeme, (SELECT count(*) FROM chunk_terms WHERE terms @@ cast('''' || lexeme || '''' AS tsquery)) AS passages
FROM unnest(cast(:lexemes AS text[])) AS lexeme
""")


def look_up(connection: Connection, words: Sequence[str], lexemes: Sequence[str] = ()) -> dict[str, list[Term]]:
    """The terms of each word, and each of `lexemes` as its own; a stop word has none.

    How many passages hold a term is exact but for the commonest of a large corpus.
    """
    made = _made(connection, words) | {lexeme: [lexeme] for lexeme in lexemes}
    known = kept(connection)
    common = known.passages if known else {}
    counted = _counted(connection, {lexeme for several in made.values() for lexeme in several} - common.keys())

    def term(lexeme: str) -> Term:
        return Term(lexeme, counted[lexeme] if lexeme in counted else common[lexeme])

    return {word: list(map(term, several)) for word, several in made.items()}


def _made(connection: Connection, words: Sequence[str]) -> dict[str, list[str]]:
    """The lexemes of each word."""
    found = {word: _lexemes[word] for word in words if word in _lexemes}
    if unknown := [word for word in words if word not in found]:
        if len(_lexemes) > _MOST_WORDS:
            _lexemes.clear()
        new = {row.word: row.lexemes for row in connection.execute(_LEXEMES, {"words": unknown})}
        _lexemes.update((word, lexemes) for word, lexemes in new.items() if len(word) <= _LONGEST_KEPT)
        found |= new
    return found


def _counted(connection: Connection, lexemes: Collection[str]) -> dict[str, int]:
    """How many passages hold each of them."""
    if not lexemes:
        return {}
    return {row.lexeme: row.passages for row in connection.execute(_COUNT, {"lexemes": sorted(lexemes)})}


_MOST_PREFIXED = 50  # words that a prefix may stand for

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
