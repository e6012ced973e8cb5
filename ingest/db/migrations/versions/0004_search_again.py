"""Search: singular and plural meet, phrases are looked for in the whole text, terms have a recipe.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Folded text with its plurals as singulars, because the stemmer parts unidad from unidades, and juez from jueces. One
# character for one again: what goes becomes spaces. The word's last letters decide, three at least before what goes, so
# that `les` and `eres` stay stop words:
# - -z is -c;
# - -es goes after n, r, l, d, s, c, y, j, and -s after a consonant, -i or -u (tickets, taxis, menús);
# - what is -cion or -sion now gets its accent, as folding gives it to those that were so before.
# Plain replacements where they will do: an expression over a passage costs many times as much.
SINGULAR = r"""
CREATE FUNCTION singular_spanish(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN
    replace(replace(
    regexp_replace(
    regexp_replace(
        replace(replace(replace(replace(replace($1 || ' ', 'az ', 'ac '), 'ez ', 'ec '), 'iz ', 'ic '), 'oz ', 'oc '), 'uz ', 'uc '),
        '(?<=[a-zñ]{2}[nrldscyj])es\M', '  ', 'g'),
        '(?<=[a-zñ]{2}[b-df-hj-np-rtv-zñ]|[a-zñ]{2}[b-df-hj-np-tv-zñ][iu])s\M', ' ', 'g'),
    'cion ', 'ción '), 'sion ', 'sión ')
"""

TERMS = """
CREATE OR REPLACE FUNCTION spanish_terms(text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_tsvector('bandeja', singular_spanish(fold_spanish($1)))
"""

PHRASE = """
CREATE OR REPLACE FUNCTION spanish_phrase(text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN phraseto_tsquery('bandeja', singular_spanish(fold_spanish($1)))
"""

# The same words as before, made in time that grows with the text alone: they are made of whole documents now, and looking
# ahead from each of a million zeros would take hours.
WORDS = r"""
CREATE OR REPLACE FUNCTION spanish_words(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ' ' || btrim(
    regexp_replace(
        regexp_replace(
            translate(
                lower(normalize($1, NFC) COLLATE pg_c_utf8),
                'áàâäãåéèêëíìîïóòôöõúùûüýÿçºª', 'aaaaaaeeeeiiiiooooouuuuyyc  '
            ),
            '[^[:alnum:]]+', ' ', 'g'
        ),
        '\m0+(?=[1-9])', '', 'g'
    )
) || ' '
"""

# What is stored keeps its terms without a place, which are not made from the text; all in one transaction, so that no
# question meets old terms with new words.
RENEW = """
UPDATE chunk_terms
SET terms = fresh.terms, length = (SELECT coalesce(sum(coalesce(cardinality(positions), 1)), 0) FROM unnest(fresh.terms))
FROM (
    SELECT chunks.id,
        spanish_terms(chunks.text) ||
        array_to_tsvector(ARRAY(SELECT lexeme FROM unnest(known.terms) WHERE positions IS NULL)) ||
        CASE WHEN chunks.ordinal = 0
            THEN spanish_terms(concat_ws(' ', title, regexp_replace(filename, '\\.[[:alnum:]]{1,5}$', '')))
            ELSE '' END AS terms
    FROM chunks
    JOIN chunk_terms AS known ON known.chunk_id = chunks.id
    JOIN documents ON documents.id = chunks.document_id
) AS fresh
WHERE fresh.id = chunk_id AND chunk_terms.terms IS DISTINCT FROM fresh.terms
"""


def upgrade() -> None:
    op.execute(WORDS)
    # In the order in which the store stage locks them, texts first. A phrase is looked for in every text that may hold it:
    # unpacking them would take longer than looking, hence EXTERNAL.
    op.execute(
        "ALTER TABLE document_texts ADD COLUMN terms_recipe text NOT NULL DEFAULT '',"
        " ADD COLUMN words text STORAGE EXTERNAL NOT NULL GENERATED ALWAYS AS (spanish_words(text)) STORED"
    )
    op.create_index("ix_document_texts_terms_recipe", "document_texts", ["terms_recipe"])
    op.execute("LOCK TABLE chunk_terms IN SHARE ROW EXCLUSIVE MODE")
    for function in (SINGULAR, TERMS, PHRASE):
        op.execute(function)
    op.execute(RENEW)


def downgrade() -> None:
    op.execute("ALTER TABLE document_texts DROP COLUMN words, DROP COLUMN terms_recipe")
    for name, made in (("spanish_terms(text) RETURNS tsvector", "to_tsvector"), ("spanish_phrase(text) RETURNS tsquery", "phraseto_tsquery")):
        op.execute(
            f"CREATE OR REPLACE FUNCTION {name} LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
            f" RETURN {made}('bandeja', fold_spanish($1))"
        )
    op.execute("DROP FUNCTION singular_spanish(text)")
