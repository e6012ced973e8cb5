"""Spanish search: folding, the text search configuration, and the vocabulary that corrects questions.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Folds Spanish text, one character for one, so that an offset in the folded text is one in the text:
# - lower case, accents off; ñ stays, because año is not ano;
# - whatever is no letter or digit is a space: UGEL.05-AGP is three words, and no word hides in a URL or a tag;
# - leading zeros are spaces: N.º 0123 is number 123;
# - -cion and -sion get their accent back: without it the stemmer parts resolución from resoluciones.
# pg_c_utf8 folds alike on every machine, whatever the database's locale; the text must be in NFC for the offsets.
FOLD = r"""
CREATE FUNCTION fold_spanish(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(
    regexp_replace(
        regexp_replace(
            translate(
                lower(normalize($1, NFC) COLLATE pg_c_utf8),
                'áàâäãåéèêëíìîïóòôöõúùûüýÿçºª', 'aaaaaaeeeeiiiiooooouuuuyyc  '
            ),
            '[^[:alnum:]]', ' ', 'g'
        ),
        '(?<=\m0*)0(?=0*[1-9])', ' ', 'g'
    ),
    '([cs])ion\M', '\1ión', 'g'
)
"""

# The one place where text becomes terms: for a passage as it is stored and for a question's words alike.
TERMS = """
CREATE FUNCTION spanish_terms(text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_tsvector('bandeja', fold_spanish($1))
"""

# The text as its bare words, each between spaces: what a quoted phrase is looked for in, letter by letter.
WORDS = """
CREATE FUNCTION spanish_words(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ' ' || btrim(regexp_replace(fold_spanish($1), ' +', ' ', 'g')) || ' '
"""

# The phrase as the index can find it: stemmed, stop words as gaps.
PHRASE = """
CREATE FUNCTION spanish_phrase(text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN phraseto_tsquery('bandeja', fold_spanish($1))
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS fuzzystrmatch")
    op.execute("CREATE TEXT SEARCH CONFIGURATION bandeja (COPY = pg_catalog.spanish)")
    for function in (FOLD, TERMS, WORDS, PHRASE):
        op.execute(function)
    # Ranking reads the vectors of all candidates: in the table's own pages that takes half the time.
    op.execute("ALTER TABLE chunk_terms SET (toast_tuple_target = 8160)")
    # New terms go straight into the index: its list of pending ones is read whole by every look-up, of which a question
    # makes some twenty (3 to 5 ms each after 1,500 new passages, .2 ms without the list; inserting takes as long).
    op.execute("ALTER INDEX ix_chunk_terms_terms SET (fastupdate = off)")
    op.execute('CREATE TABLE vocabulary (word text COLLATE "C" PRIMARY KEY)')
    op.execute("CREATE INDEX ix_vocabulary_word_trigrams ON vocabulary USING gin (word gin_trgm_ops)")


def downgrade() -> None:
    op.execute("DROP TABLE vocabulary")
    op.execute("ALTER INDEX ix_chunk_terms_terms RESET (fastupdate)")
    op.execute("ALTER TABLE chunk_terms RESET (toast_tuple_target)")
    for function in ("spanish_phrase", "spanish_words", "spanish_terms", "fold_spanish"):
        op.execute(f"DROP FUNCTION {function}(text)")
    op.execute("DROP TEXT SEARCH CONFIGURATION bandeja")
