"""A quoted phrase is looked for in the text: across passages, of stop words, in every stretch."""

import random
from time import perf_counter

import pytest
from sqlalchemy import text

from ingest.db.engine import Database
from ingest.search.answer import Mode, search
from tests.integration.search.conftest import Found, Write

_SAID = (
    "la resolución directoral que aprueba el plan de los que no son parte del informe y las unidades de gestión educativa"
    " local con el oficio múltiple para los jueces del año fiscal en el expediente"
)
WORDS = _SAID.split()


def long_text(seed: int, words: int = 1500) -> str:
    dice = random.Random(seed)  # noqa: S311  the same text in each run
    said = [dice.choice(WORDS) + dice.choice(("", "", "", "", ",", ".", "\n")) for _ in range(words)]
    return " ".join(f"{word} palabra{at}" if at % 7 == 0 else word for at, word in enumerate(said))


def test_every_stretch_of_a_text_is_found(write: Write, found: Found) -> None:
    said = long_text(1)
    wanted = write(said)
    write(long_text(2))
    dice = random.Random(3)  # noqa: S311  the same stretches in each run
    for length in (30, 210, 1200):
        for _ in range(25):
            start = said.index(" ", dice.randrange(len(said) - length - 40)) + 1
            stretch = said[start : said.index(" ", start + length)]
            assert wanted in found(f'"{stretch}"'), stretch


@pytest.mark.parametrize("mode", [Mode.TEXT, Mode.HYBRID])
def test_a_phrase_of_stop_words_is_a_phrase(write: Write, found: Found, mode: Mode) -> None:
    wanted = write(f"{'Relleno de la página. ' * 80} Hay de los que NO son. {'Relleno de la página. ' * 80}")
    write("Los que son de no.")
    assert found('"de los que no son"', mode=mode) == [wanted]
    assert found('"de los que no eran"', mode=mode) == []


def test_a_phrase_of_stop_words_shows_the_passage_it_stands_in(database: Database, write: Write) -> None:
    write(f"{'Relleno de la página. ' * 80} Hay de los que no son. {'Relleno de la página. ' * 80}")
    (hit,) = search(database, None, '"de los que no son"', mode=Mode.TEXT).hits
    assert "Hay <mark>de los que no son</mark>. Relleno" in hit.snippet


def test_an_excluded_phrase_is_looked_for_alike(write: Write, found: Found) -> None:
    said = long_text(1)
    write(said)
    wanted = write("La resolución directoral.")
    middle = said.index(" ", 700) + 1
    for length in range(150, 400, 50):
        stretch = said[middle : said.index(" ", middle + length)]
        assert found(f'resolución -"{stretch}"') == [wanted]
    assert found('resolución -"de los"') == [wanted]


@pytest.mark.parametrize("phrase", ["*", "😀", "...", " ", "º"])
def test_a_phrase_of_signs_is_nowhere(write: Write, found: Found, phrase: str) -> None:
    write("Un informe.")
    assert found(f'informe "{phrase}"') == ([] if phrase.strip() else found("informe"))


HOSTILE = ("0", "0 ", "00 1 ", "000a", "aes ", "es", "z ", "cion", "0" * 50 + "x ", "á-", "— ", "sses ")


def test_words_of_a_document_are_made_in_time_that_grows_with_it(database: Database) -> None:
    """Folding a million zeros looked ahead from each of them."""

    def cpu(said: str) -> float:
        times = []
        for _ in range(5):
            started = perf_counter()
            with database.begin() as connection:
                connection.execute(text("SELECT length(spanish_words(:said))"), {"said": said}).scalar_one()
            times.append(perf_counter() - started)
        return min(times)

    letter = cpu(("La Resolución Directoral N.º 0123-2025 aprueba la matrícula escolar. " * 5000)[:200_000])
    slow = {fragment: ratio for fragment in HOSTILE if (ratio := cpu((fragment * 200_000)[:200_000]) / letter) > 12}
    assert slow == {}
