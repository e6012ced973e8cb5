"""What a question may go on with as it is typed: words, numbers, titles, offices and senders of documents in search."""

from itertools import chain, zip_longest

from sqlalchemy import Connection, TextClause, text

from ingest.domain.suggestions import Kind, Suggestion

MOST_COUNTED = 1000  # documents of a suggestion: behind the first thousand nobody counts
_MOST_VALUES = 200  # rows that a name or a number is grouped from
_WORDS_TRIED = 20  # that begin so; the commonest of them are shown
_SHORTEST = 3  # letters: fewer have no trigram to look a name up by

# The last word, as it begins. A passage of a document that has left search gives no word away.
_WORDS = text("""
SELECT word AS value, documents FROM (
    SELECT word, (
        SELECT count(*) FROM (
            SELECT DISTINCT chunks.document_id
            FROM (SELECT chunk_id FROM chunk_terms WHERE terms @@ spanish_phrase(word) LIMIT :most) AS holding
            JOIN chunks ON chunks.id = holding.chunk_id
            JOIN documents ON documents.id = chunks.document_id
            WHERE searchable_at IS NOT NULL AND status NOT IN ('deleted', 'superseded')
        ) AS held
    ) AS documents
    FROM (SELECT word FROM vocabulary WHERE word LIKE :begin || '%' LIMIT :tried) AS begun
) AS counted
WHERE documents > 0
ORDER BY documents DESC, word
LIMIT :limit
""")

_NUMBERS = text("""
SELECT value, count(*) AS documents FROM (
    SELECT document_number AS value FROM documents
    WHERE ltrim(document_number, '0') LIKE :begin || '%' AND document_number <> ''
        AND searchable_at IS NOT NULL AND status NOT IN ('deleted', 'superseded')
    LIMIT :rows
) AS found
GROUP BY value ORDER BY documents DESC, value LIMIT :limit
""")

# Where the whole question stands in it, folded as passages are.
_NAMES = {
    kind: text(f"""
SELECT value, count(*) AS documents FROM (
    SELECT {column} AS value FROM documents
    WHERE fold_spanish({column}) LIKE '%' || :held || '%' AND {column} <> ''
        AND searchable_at IS NOT NULL AND status NOT IN ('deleted', 'superseded')
    LIMIT :rows
) AS found
GROUP BY value ORDER BY documents DESC, value LIMIT :limit
""")  # noqa: S608  (a column of this module)
    for kind, column in ((Kind.OFFICE, "office"), (Kind.SENDER, "sender"), (Kind.TITLE, "title"))
}

_FOLD = text("SELECT btrim(regexp_replace(fold_spanish(:typed), ' +', ' ', 'g')), btrim(fold_spanish(:last))")


def suggest(connection: Connection, typed: str, limit: int) -> list[Suggestion]:
    """Up to `limit` texts that go on with what was typed, of every kind in turn, those of most documents first.

    Words are as the index folds them; a word is offered with the words before it, so that it replaces what was typed.
    """
    *before, last = typed.replace("\0", " ").split() or [""]
    held, begin = connection.execute(_FOLD, {"typed": " ".join([*before, last]), "last": last}).one()
    asked = {"limit": limit, "most": MOST_COUNTED}
    kinds: list[list[Suggestion]] = []
    if begin[:1].isdigit():
        number = _escaped(last.lstrip("0"))
        kinds.append(_of(connection, Kind.NUMBER, _NUMBERS, {**asked, "begin": number, "rows": MOST_COUNTED}) if number else [])
    elif begin and " " not in begin:
        words = _of(connection, Kind.WORD, _WORDS, {**asked, "begin": begin, "tried": _WORDS_TRIED})
        kinds.append([Suggestion(" ".join([*before, word.text]), word.kind, word.count) for word in words])
    if len(held) >= _SHORTEST:
        for kind, statement in _NAMES.items():
            kinds.append(_of(connection, kind, statement, {**asked, "held": held, "rows": _MOST_VALUES}))
    in_turn = (one for one in chain.from_iterable(zip_longest(*kinds)) if one is not None)
    return list({one.text: one for one in in_turn}.values())[:limit]


def _of(connection: Connection, kind: Kind, statement: TextClause, asked: dict[str, object]) -> list[Suggestion]:
    return [Suggestion(row.value, kind, row.documents) for row in connection.execute(statement, asked)]


def _escaped(begin: str) -> str:
    """The text as LIKE takes it for itself."""
    return begin.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
