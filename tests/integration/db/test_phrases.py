"""A phrase as written is found by an expression over the text; folding the text would find the same, at fifty times the price."""

import random
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

import pytest
from sqlalchemy import Connection, func, insert, text

from ingest.db import index, phrases, texts
from ingest.db.engine import Database
from ingest.db.schema import documents
from ingest.domain.documents import Source, Status
from ingest.domain.pages import CleanText
from ingest.pipeline.stages.chunk import chunks_of
from ingest.pipeline.stages.clean import normalised
from ingest.search.answer import Mode, search

BITS = (
    *("Educación", "EDUCACIÓN", "educacion", "educacións", "sesión", "año", "ano", "ÑANDÚ", "señor", "ç", "Ça", "œuvre", "Ωμέγα"),
    *(
        "0123",
        "00",
        "007",
        "0a",
        "100",
        "2025",
        "N.º",
        "1.ª",
        "ß",
        "İ",
        "x̂",
        "a\u0301",
        "_",
        "a_b",
        "d'état",
        "—",
        "/",
        "(",
        "\\",
        "[",
        "^",
    ),
    *("de", "la", "a", "é", "Î", "ÿ", "Ÿ", "ý", "\n", "  ", ". ", "-"),
)


def both_ways(connection: Connection, passage: str, phrase: phrases.Phrase) -> tuple[bool, bool]:
    row = connection.execute(
        text(
            "SELECT strpos(spanish_words(:passage), :words) > 0 AS folded,"
            " cast(:passage AS text) COLLATE pg_c_utf8 ~ :pattern AS matched"
        ),
        {"passage": passage, "words": phrase.words, "pattern": phrase.pattern},
    ).one()
    return row.folded, row.matched


def test_the_expression_finds_what_folding_the_text_finds(database: Database) -> None:
    chance = random.Random(7)  # noqa: S311  the same texts in each run
    found = 0
    with database.begin() as connection:
        for _ in range(1500):
            said = [chance.choice(BITS) + chance.choice(("", " ", "-")) for _ in range(chance.randint(1, 9))]
            passage = normalised("".join(said))
            start = chance.randrange(len(said))
            near = "".join(said[start : start + chance.randint(1, 3)])
            (phrase,) = phrases.read(connection, [chance.choice((near, near.upper(), near.lower(), chance.choice(BITS)))])
            if not phrase.words.strip():
                continue
            folded, matched = both_ways(connection, passage, phrase)
            assert folded == matched, (passage, phrase, phrase.pattern)
            found += folded
    assert found > 500


@pytest.mark.parametrize("typed", ["", "--", "º", "((((", "\\", "a" * 500, "a " * 250, "0" * 400])
def test_whatever_is_quoted_is_an_expression(database: Database, typed: str) -> None:
    with database.begin() as connection:
        for phrase in phrases.read(connection, [typed]):
            both_ways(connection, "un texto", phrase)


def write(connection: Connection, letters: int, passage: str) -> None:
    for _ in range(letters):
        document_id = uuid4()
        row = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "b", "filename": "a.pdf", "version_id": "1"}
        connection.execute(insert(documents).values(id=document_id, object_key=str(document_id), searchable_at=func.now(), **row))
        clean = CleanText(passage, (0,))
        passages = chunks_of(clean)
        texts.replace(connection, document_id, clean, "test", passages)
        index.index_chunks(connection, document_id, [set() for _ in passages])


def shortest(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        started = perf_counter()
        ask()
        times.append(perf_counter() - started)
    return min(times)


def test_phrases_that_stand_everywhere_cost_some_times_what_their_words_cost(database: Database) -> None:
    """Each letter was folded anew for each phrase, and for each document again: ten phrases took the database for minutes."""
    greeting = "tengo el agrado de dirigirme a usted para saludarlo cordialmente y comunicarle lo siguiente"
    with database.begin() as connection:
        write(connection, 60, f"{greeting}. " * 40)
    words = greeting.split()
    asked = " ".join(f'"{" ".join(words[at:])}"' for at in range(6))
    in_words = shortest(lambda: search(database, None, greeting, mode=Mode.TEXT))
    in_phrases = shortest(lambda: search(database, None, asked, mode=Mode.TEXT))
    assert search(database, None, asked, mode=Mode.TEXT).total == 60
    assert in_phrases < 10 * in_words
