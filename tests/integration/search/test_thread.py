"""The letters around a letter on a real database: both ways, late, ambiguous, deleted, again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from ingest.db import documents, letter_links
from ingest.db.engine import Database
from ingest.db.letter_links import Links
from ingest.describing.references import references
from ingest.domain.likeness import bands
from ingest.domain.pages import CleanText
from ingest.search.near_duplicates import near_duplicates
from ingest.search.thread import Thread, thread
from ingest.upkeep import erasure
from ingest.upkeep.renewal import renew_letters
from tests.integration.search.conftest import Write

Letter = Callable[..., UUID]


@pytest.fixture
def letter(database: Database, write: Write) -> Letter:
    """Adds a letter of this number and body, with what ties it to others."""

    def written(number: str, body: str, **row: Any) -> UUID:
        said = f"OFICIO N.º {number}\nLima\n\n{body}"
        described = {"document_type": "oficio", "document_number": number, "title": f"OFICIO {number}", **row}
        document_id = write(said, **described)
        with database.begin() as connection:
            links = Links(references(CleanText(said, (0,))), bands(said))
            letter_links.replace(connection, document_id, links)
        return document_id

    return written


def around(database: Database, document_id: UUID) -> Thread:
    with database.begin() as connection:
        return thread(connection, document_id)


def ids(links: Any) -> list[UUID | None]:
    return [link.document.document_id if link.document else None for link in links]


def test_both_ways_with_the_words_that_say_so(database: Database, letter: Letter) -> None:
    asked = letter("12-2025-UGEL.05-AGP", "Se solicita informar.")
    told = letter("7-2025-UGEL.05-DIR", "En atención al Oficio N.º 012-2025-UGEL.05-AGP, se informa.")
    other = letter("8-2025-UGEL.05-DIR", "Visto el Oficio N.º 12-2025-UGEL.05-AGP y el Informe N.º 3-2024-AGI.")

    mine = around(database, told)
    assert ids(mine.answers) == [asked]
    assert (mine.answers[0].page, mine.answers[0].read_in) == (1, told)
    assert mine.answers[0].words == "En atención al Oficio N.º 012-2025-UGEL.05-AGP"
    theirs = around(database, asked)
    assert (ids(theirs.answered_by), ids(theirs.mentioned_by)) == ([told], [other])
    assert theirs.answered_by[0].words == mine.answers[0].words
    assert (theirs.answers, theirs.mentions, theirs.candidates) == ([], [], [])
    last = around(database, other)
    assert ids(last.mentions) == [asked, None]
    assert (last.mentions[1].kind, last.mentions[1].number) == ("informe", "3-2024-AGI")


def test_what_arrives_later_is_found(database: Database, letter: Letter) -> None:
    told = letter("7-2025-UGEL.05", "Ref.: Oficio N.º 12-2025-DRELM")
    assert ids(around(database, told).answers) == [None]
    asked = letter("12-2025-DRELM", "Se solicita informar.")
    assert ids(around(database, told).answers) == [asked]
    assert ids(around(database, asked).answered_by) == [told]


def test_of_several_nothing_is_guessed(database: Database, letter: Letter) -> None:
    one, two = letter("12-2025-AGP", "Uno."), letter("12-2025-AGI", "Dos.")
    told = letter("7-2025-DIR", "En respuesta al Oficio N.º 12-2025, se informa.")
    mine = around(database, told)
    assert ids(mine.answers) == [None]
    assert [{found.document_id for found in each.documents} for each in mine.candidates] == [{one, two}]
    assert [each.read_in for each in around(database, one).candidates] == [told]
    sure = letter("9-2025-DIR", "En respuesta al Oficio N.º 12-2025-AGI, se informa.")
    assert ids(around(database, sure).answers) == [two]
    assert ids(around(database, one).answered_by) == []


def test_another_unit_kind_or_year_is_another_letter(database: Database, letter: Letter) -> None:
    letter("12-2025-UGEL.05", "Uno.")
    told = letter("7-2025-DIR", "Visto el Oficio N.º 12-2025-DRELM, el Informe N.º 12-2025 y el Oficio N.º 12-2024.")
    assert ids(around(database, told).mentions) == [None, None, None]


def test_what_is_deleted_is_gone(database: Database, letter: Letter) -> None:
    asked = letter("12-2025-DRELM", "Uno.")
    told = letter("7-2025-DIR", "Ref.: Oficio N.º 12-2025-DRELM")
    with database.begin() as connection:
        erasure.delete(connection, told)
    assert around(database, asked).answered_by == []
    assert around(database, told) == Thread()
    again = letter("8-2025-DIR", "Ref.: Oficio N.º 12-2025-DRELM")
    with database.begin() as connection:
        erasure.delete(connection, asked)
    assert ids(around(database, again).answers) == [None]


def test_done_twice_it_is_the_same(database: Database, letter: Letter) -> None:
    told = letter("7-2025-DIR", "Ref.: Oficio N.º 12-2025-DRELM")
    with database.begin() as connection:
        before = letter_links.of_document(connection, told)
        links = Links([one.reference for one in before], bands("a"))
        letter_links.replace(connection, told, links)
        assert letter_links.of_document(connection, told) == before


def test_what_was_stored_before_gets_its_references(database: Database, write: Write, letter: Letter) -> None:
    asked = letter("12-2025-DRELM", "Uno.")
    told = write("Ref.: Oficio N.º 12-2025-DRELM")
    assert around(database, told).answers == []
    assert renew_letters(database) == 1
    assert ids(around(database, told).answers) == [asked]
    assert renew_letters(database) == 0


BODY = (
    "Tengo el agrado de dirigirme a usted para remitirle la nómina de docentes que participarán en el taller de evaluación"
    " formativa, que se realizará en el local institucional. Se agradecerá disponer lo necesario para que acuda {name}."
)


def test_the_same_letter_again_is_flagged_and_its_template_is_not(database: Database, letter: Letter) -> None:
    first = letter("12-2025-AGP", BODY.format(name="Juana Quispe"))
    stamped = letter("12-2025-AGP", "RECIBIDO MESA DE PARTES 14 MAR\n" + BODY.format(name="Juana Quispe"))
    letter("13-2025-AGP", BODY.format(name="Juana Quispe"))
    letter("12-2025-AGP", BODY.format(name="Rosario Huertas"))
    gone = letter("12-2025-AGP", BODY.format(name="Juana Quispe"))
    with database.begin() as connection:
        erasure.delete(connection, gone)
    with database.begin() as connection:
        row = documents.find(connection, first)
        assert row is not None
        (found,) = near_duplicates(connection, row)
    assert found.id == stamped
    assert 0.8 < found.similarity < 1


def test_a_document_that_is_not_there_has_no_thread(database: Database) -> None:
    assert around(database, uuid4()) == Thread()
