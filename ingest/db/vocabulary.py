"""The words that documents are written in, to correct a question's typing errors by."""

from uuid import UUID

from sqlalchemy import Connection, text

# Sorted, so that two transactions that bring the same new words wait for each other in one order and never in a ring.
_LEARN = text("""
INSERT INTO vocabulary (word)
SELECT DISTINCT word
FROM chunks, regexp_split_to_table(fold_spanish(chunks.text), ' +') AS word
WHERE document_id = :document_id AND word ~ '^[a-zñó]{4,30}$'
ORDER BY word
ON CONFLICT DO NOTHING
""")

# Trigrams find candidates by the index, edit distance judges them; among equals the commonest word is meant.
# A word that no passage holds any more is no candidate; a stop word, which none holds, always is.
_SUGGEST = text("""
SELECT word
FROM (
    SELECT word, levenshtein(word, wanted) AS distance, similarity(word, wanted) AS alike, numnode(query) = 0 AS is_stop_word,
        (SELECT count(*) FROM chunk_terms WHERE terms @@ query) AS passages
    FROM fold_spanish(:word) AS wanted, vocabulary, spanish_phrase(word) AS query
    WHERE word % wanted AND levenshtein_less_equal(word, wanted, :most) <= :most
) AS candidates
WHERE passages > 0 OR is_stop_word
ORDER BY distance, alike DESC, passages DESC, word
LIMIT 1
""")

_DOUBT = text("""
WITH said AS (
    SELECT word FROM vocabulary
    WHERE NOT doubted AND word IN (
        SELECT said FROM chunks, regexp_split_to_table(fold_spanish(chunks.text), ' +') AS said WHERE document_id = :document_id
    )
    ORDER BY word FOR UPDATE
)
UPDATE vocabulary SET doubted = true FROM said WHERE vocabulary.word = said.word
""")

# One by one, as many as a sweep has time for: a common word costs milliseconds to find. A stop word is always kept.
_DECIDE = text("""
WITH doubtful AS (
    SELECT word, spanish_phrase(word) AS query
    FROM vocabulary WHERE doubted ORDER BY word LIMIT :most FOR UPDATE SKIP LOCKED
), decided AS (
    SELECT word, numnode(query) = 0 OR EXISTS (SELECT FROM chunk_terms WHERE terms @@ query) AS held FROM doubtful
), kept AS (
    UPDATE vocabulary SET doubted = false FROM decided WHERE vocabulary.word = decided.word AND held
)
DELETE FROM vocabulary USING decided WHERE vocabulary.word = decided.word AND NOT held
""")

_SHORT = 5  # letters up to which one error is the most that leaves a word recognisable
_ALIKE = 0.2  # of 1; one error in the middle of a five-letter word leaves two trigrams of ten


def learn(connection: Connection, document_id: UUID) -> None:
    """Add the document's words of four letters and more."""
    connection.execute(_LEARN, {"document_id": document_id})


def suggest(connection: Connection, word: str) -> str | None:
    """The known word, folded, that `word` was probably meant to be; None where none is near enough."""
    connection.execute(text("SELECT set_config('pg_trgm.similarity_threshold', :alike, true)"), {"alike": str(_ALIKE)})
    most = 1 if len(word) <= _SHORT else 2
    found: str | None = connection.execute(_SUGGEST, {"word": word, "most": most}).scalar_one_or_none()
    return found


def doubt(connection: Connection, document_id: UUID) -> None:
    """Note that the document's passages may be the last that hold their words; call it before they go."""
    connection.execute(_DOUBT, {"document_id": document_id})


def forget_unused(connection: Connection, most: int = 500) -> int:
    """Remove those of up to `most` doubted words that stand in no passage any more; returns how many."""
    return connection.execute(_DECIDE, {"most": most}).rowcount
