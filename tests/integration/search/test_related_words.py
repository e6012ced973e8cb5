"""Singular and plural, ñ that was typed as n, and the many ways to write a number all find each other."""

import pytest
from sqlalchemy import text

from ingest.db.engine import Database
from ingest.search.answer import Mode, search
from tests.integration.search.conftest import Found, Write
from tests.integration.search.office_pairs import PAIRS

APART = {("inglés", "ingleses")}  # folding takes one ending off


def test_singular_and_plural_are_one_term(database: Database) -> None:
    with database.begin() as connection:
        apart = {
            (one, many)
            for one, many in PAIRS
            if connection.execute(
                text("SELECT strip(spanish_terms(:one)) <> strip(spanish_terms(:many))"), {"one": one, "many": many}
            ).scalar_one()
        }
    assert len(PAIRS) > 104
    assert apart <= APART


def test_a_plural_is_found_by_its_singular_and_marked_whole(database: Database, write: Write) -> None:
    write("Los JUECES, las unidades y los menús.")
    answer = search(database, None, "juez unidad menú", mode=Mode.TEXT)
    assert "<mark>JUECES</mark>, las <mark>unidades</mark> y los <mark>menús</mark>" in answer.hits[0].snippet


@pytest.mark.parametrize("word", ["les", "eres", "de", "los", "unos", "nos"])
def test_stop_words_stay_stop_words(database: Database, word: str) -> None:
    with database.begin() as connection:
        assert connection.execute(text("SELECT cast(spanish_terms(:word) AS text)"), {"word": word}).scalar_one() == ""


def test_a_name_typed_without_its_tilde_finds_both_the_exact_one_first(write: Write, found: Found) -> None:
    name = write("El señor Zuñiga, Zuñiga y Zuñiga. Zuñiga.")
    assert found("zuniga") == [name]
    address = write(f"Escriba a zuniga@example.org. {'Otra cosa que se dice aquí. ' * 20}")
    assert found("zuniga") == [address, name]
    assert found("Zuñiga") == [name]


def test_a_short_word_without_its_tilde_too(write: Write, found: Found) -> None:
    year, other = write("Cuadro del año."), write("Cuadro del ano.")
    assert found("ano") == [other, year]
    assert found("año") == [year]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Total S/ 18 450.00", "18450"),
        ("Total S/ 18,450.00", "18450"),
        ("Total 18450", "18,450.00"),
        ("Total 18450 soles", "18 450"),
        ("Celular 987 654 321", "987654321"),
        ("Celular 987654321", "987-654-321"),
        ("Placa ABC-123", "ABC123"),
        ("Placa ABC123", "abc-123"),
        ("La empresa Andina S.A.C. firma", "SAC"),
        ("La empresa Andina SAC firma", "S.A.C."),
        ("La UGEL05 de Lima", "UGEL 05"),
        ("La UGEL 05 de Lima", "ugel05"),
        ("RUC 20-12345678-9", "20123456789"),
        ("Lima, 12 de marzo de 2025", "12/03/2025"),
        ("OFICIO N.º 001-2025-UGEL.05", "Of. 001-25"),
        ("Pintura de las aulas", "pint*"),
        ("Las resoluciones del año", "resolucio*"),
        ("El código XK77-2", "xk7*"),
    ],
)
def test_however_it_is_parted(write: Write, found: Found, written: str, asked: str) -> None:
    wanted = write(written)
    write("Un informe de otra cosa, sin nada de eso.")
    assert found(asked) == [wanted]


@pytest.mark.parametrize("asked", ["1,234.56", "12/03/2025"])
def test_an_amount_or_day_as_written_ranks_above_its_numbers_apart(write: Write, found: Found, asked: str) -> None:
    for _ in range(3):
        write("El 12 del 03, con 234 y 56 de 1: 2025. El 12, 234, 56, 1, 2025, 03. 12 03 1 56.")
    wanted = write(f"{'Relleno del informe que nada dice. ' * 15} Es {asked} lo escrito. {'Más relleno del informe. ' * 10}")
    assert found(asked)[0] == wanted


def test_a_prefix_of_two_letters_is_a_word(write: Write, found: Found) -> None:
    write("Pintura de las aulas")
    assert found("pi*") == []
    assert found("*") == []
