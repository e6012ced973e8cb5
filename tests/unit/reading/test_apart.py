"""Letters set apart become words again, accents go on their letters, and tables and quotations stay as they are."""

import pymupdf
import pytest

from ingest.domain.pages import Word
from ingest.reading.apart import accenting_of, joined_letters


def read(page: pymupdf.Page) -> tuple[str, list[Word]]:
    width, height = page.rect.width, page.rect.height
    words = [
        Word(word[4], word[0] / width, word[1] / height, word[2] / width, word[3] / height) for word in page.get_text("words")
    ]
    return page.get_text(), words


def typed(*lines: str) -> tuple[str, list[Word]]:
    with pymupdf.open() as document:
        page = document.new_page()
        for row, line in enumerate(lines):
            page.insert_text((40, 70 + 20 * row), line)
        return read(page)


def spaced(points: float, *lines: str) -> tuple[str, list[Word]]:
    """Lines set with the font's own letter spacing (`Tc`)."""
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_font(fontname="helv", set_simple=True)
        shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
        content = document.get_new_xref()
        document.update_object(content, "<<>>")
        document.update_stream(content, f"BT /helv 12 Tf {points} Tc 40 760 Td {shown} ET".encode("cp1252"))
        page.set_contents(content)
        return read(page)


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("R E S O L U C I Ó N   D I R E C T O R A L   N.º 912-2025", "RESOLUCIÓN DIRECTORAL N.º 912-2025"),
        ("O F I C I O   M Ú L T I P L E   N.º 12", "OFICIO MÚLTIPLE N.º 12"),
        ("M e m o r a n d o   de la UGEL", "Memorando de la UGEL"),
        ("C O N S T A N C I A", "CONSTANCIA"),
        ("R E S O L U C I Ó N D I R E C T O R A L N.º 9", "RESOLUCIÓN DIRECTORAL N.º 9"),
        ("A C T A D E L A R E U N I Ó N", "ACTA DE LA REUNIÓN"),
        ("H U A N C A V E L I C A", "HUANCAVELICA"),
        ("N.º   0 1 2 - 2 0 2 5 - U G E L", "N.º 012-2025-UGEL"),
        ("VISTO:  S E   R E S U E L V E :", "VISTO: SE RESUELVE:"),
    ],
)
def test_letters_with_typed_spaces(line: str, whole: str) -> None:
    text, words = joined_letters(*typed(line, "Se deja constancia."))
    assert " ".join(text.split("\n")[0].split()) == whole
    assert [word.text for word in words] == [*whole.split(), "Se", "deja", "constancia."]


@pytest.mark.parametrize("points", [3, 4, 6, 8, 12])
def test_letters_that_the_font_sets_apart(points: float) -> None:
    text, words = joined_letters(*spaced(points, "RESOLUCIÓN DIRECTORAL", "N.º 912-2025"))
    assert text.split() == ["RESOLUCIÓN", "DIRECTORAL", "N.º", "912-2025"]
    assert [word.text for word in words] == text.split()
    assert words[0].right < words[1].left


@pytest.mark.parametrize(
    "line",
    [
        "A B C D E F",
        "A A B A C B B A A D",
        "1 2 3 4 5 6 7 8 9",
        "a b c",
        "x y z w",
        "X   X   X   X",
        "I V X L",
        "- - - - - - - -",
    ],
)
def test_what_is_no_word_stays_apart(line: str) -> None:
    text, words = typed(line)
    assert joined_letters(text, words) == (text, tuple(words))


@pytest.mark.parametrize(
    ("apart", "whole"),
    [
        ("participaci´on", "participación"),
        ("la ´unica participaci´on", "la única participación"),
        ("energ´ıa y d´ıas", "energía y días"),
        ("Espa˜na, ping¨uino", "España, pingüino"),
        ("Espa~na", "España"),
        ("T´ITULO", "TÍTULO"),
        ("participacio´n", "participación"),
        ("Bernardo O´Higgins y D´Angelo", "Bernardo O´Higgins y D´Angelo"),
        ("dijo ´años´ y ´eso es´", "dijo ´años´ y ´eso es´"),
        ("12´ a las 5´ en ~/n", "12´ a las 5´ en ~/n"),
        ("participación", "participación"),
    ],
)
def test_accents_drawn_beside_their_letters(apart: str, whole: str) -> None:
    assert accenting_of(apart)(apart) == whole
