"""Cleaning: what must change, what must not, and that nothing else does."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.pages import Page, Word, edge_text
from ingest.pipeline.stages.chunk import chunks_of
from ingest.pipeline.stages.clean import cleaned, normalised, with_words_joined


def page(number: int, text: str, words: tuple[Word, ...] = ()) -> Page:
    return Page(number, text, "layer", 1.0, 595, 842, words=words, edge_text=edge_text(words))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("oﬁcina ﬂuida eﬃcaz", "oficina fluida efficaz"),
        ("cami\u0301n", "camín"),
        ("1.º y 2.ª y m²", "1.º y 2.ª y m²"),  # NFKC would lose all three
        ("a\u00a0b\u202fc\u2003d", "a b c d"),
        ("UGEL\u201105", "UGEL-05"),
        ("a\x00b\x07c\ud800d\ufeffe\u200bf", "abcdef"),
        ("educa\u00ad\nción", "educación"),
        ("edu\u00adcación", "educación"),
        ("uno\r\ndos\rtres\fcuatro\u2028cinco", "uno\ndos\ntres\ncuatro\ncinco"),
        ("  a \t b  \n   c  ", "a b\nc"),
        ("a\n\n\n \n\nb", "a\n\nb"),
    ],
)
def test_one_spelling_for_what_looks_the_same(raw: str, clean: str) -> None:
    assert normalised(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("OFICIO N.? 123-2025", "OFICIO N.º 123-2025"),
        ("OFICIO N.° 123", "OFICIO N.º 123"),
        ("OFICIO N° 123", "OFICIO N.º 123"),
        ("Oficio n.?4", "Oficio n.º4"),
        ("Oficio Nº 7", "Oficio N.º 7"),
        ("artículo 1.°", "artículo 1.º"),
        ("¿Quién es N.?", "¿Quién es N.?"),
        ("a 20° y 30 °C", "a 20° y 30 °C"),
        ("JARDÍN° 4", "JARDÍN° 4"),
    ],
)
def test_ordinals_as_tesseract_and_typists_write_them(raw: str, clean: str) -> None:
    assert normalised(raw) == clean


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("la educa-\nción básica", "la educación básica"),
        ("lo político-\neconómico", "lo político-económico"),  # two accents: two words
        ("franco-\nalemán. El franco y el alemán", "franco-alemán. El franco y el alemán"),
        ("físico-\nquímica, y la físico-química", "físico-química, y la físico-química"),
        ("para-\nlelo", "paralelo"),
        ("entre-\ngar entre varios", "entregar entre varios"),
        ("RESOLU-\nCIÓN", "RESOLUCIÓN"),
        ("año 2024-\n2025", "año 2024-\n2025"),
        ("UGEL-\nlima", "UGEL-\nlima"),
        ("guion -\nsuelto", "guion -\nsuelto"),
    ],
)
def test_words_broken_at_a_line_end(broken: str, whole: str) -> None:
    assert with_words_joined([broken]) == [whole]


def test_pages_are_parted_by_form_feeds_and_know_where_they_start() -> None:
    clean = cleaned([page(1, "uno "), page(2, ""), page(3, "tres")])
    assert clean.text == "uno\f\ftres"
    assert clean.page_starts == (0, 4, 5)
    assert [clean.page_at(offset) for offset in (0, 2, 5, 8)] == [1, 1, 3, 3]


@given(st.text())
def test_normalising_twice_changes_nothing_more_and_leaves_nothing_unstorable(text: str) -> None:
    once = normalised(text)
    once.encode("utf-8")
    assert "\x00" not in once
    assert "\f" not in once
    assert normalised(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_every_page_starts_where_page_starts_says(texts: list[str]) -> None:
    clean = cleaned([page(number, text) for number, text in enumerate(texts, start=1)])
    assert len(clean.page_starts) == len(texts)
    pages = clean.text.split("\f")
    assert len(pages) == len(texts)
    for start, text in zip(clean.page_starts, pages, strict=True):
        assert clean.text[start : start + len(text)] == text


broken_lines = st.lists(
    st.sampled_from(["educa-", "ción", "físico-", "química", "RESOLU-", "de", "o-", "a1-", "-", "é-", "ñandú"]), max_size=60
)


@given(st.lists(broken_lines.map("\n".join), max_size=4))
def test_joining_words_twice_joins_no_more(texts: list[str]) -> None:
    once = with_words_joined(texts)
    assert with_words_joined(once) == once
    for before, after in zip(texts, once, strict=True):
        # Only hyphens and line ends are taken away, and every letter stays in its place.
        assert re.sub(r"[-\n]", "", after) == re.sub(r"[-\n]", "", before)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_cleaning_what_is_clean_changes_nothing(texts: list[str]) -> None:
    once = cleaned([page(number, text) for number, text in enumerate(texts, start=1)])
    again = cleaned([page(number, text) for number, text in enumerate(once.text.split("\f"), start=1)])
    assert again == once


def test_a_word_broken_twice_is_whole() -> None:
    assert with_words_joined(["consti-\ntucio-\nnal"]) == ["constitucional"]


def test_more_marks_than_any_script_writes_are_cut() -> None:
    assert len(normalised("a" + "\u0323\u0301" * 100 + "b")) < 40
    assert normalised("n\u0303andu\u0301") == "ñandú"


LONG = 300_000


@pytest.mark.timeout(100)  # in the square of their length these would take days
@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "-",
        " ",
        "\n",
        "palabra ",
        "a-",
        "a-\n",
        "ab-\ncd",
        "\u00ad",
        "\u00ad ",
        "\u00ad\n",
        "a\u0301",
        "\u0323\u0301",
        " \n",
        "N. ",
        "(",
        ".",
    ],
)
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    clean = cleaned([page(1, piece * (LONG // len(piece)), (Word(piece, 0.1, 0.01, 0.2, 0.02),))])
    assert chunks_of(clean) or not clean.text
    half = piece * (LONG // 2 // len(piece))
    assert cleaned([page(1, f"x{half}\n{half}y")]).text
