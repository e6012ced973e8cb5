"""A document's number is the same number however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.numbers import Number, mention_terms, numbers, own_terms, question_terms

OFICIO = {"m:123-2025", "m:oficio-123-2025"}


@pytest.mark.parametrize(
    "written",
    [
        "OFICIO N.º 0123-2025-UGEL.05-AGP",
        "Oficio Nº 123 - 2025 - UGEL 05",
        "oficio n° 00123/2025",
        "oficio N°123-2025",
        "Oficio 123 del 2025",
        "oficio 123 de 2025",
        "oficio 123 2025",
        "OFICIO MÚLTIPLE N.º 123-2025-MINEDU/VMGP",
        "OFICIO\nN.º 123-2025",
        "OFICIO N.º 0123-UGEL.05-AGP-2025",
        "of. 123–2025",
        "OFICIO N.º O123-2O25",
        "oficio l23-2025",
    ],
)
def test_however_it_is_written(written: str) -> None:
    assert mention_terms(f"Visto el {written}, se resuelve:") == OFICIO


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("R.D. N° 45-2024", "resolucion"),
        ("RD 45-2024", "resolucion"),
        ("Resolución Directoral N.º 045-2024", "resolucion"),
        ("D.S. 45-2024-ED", "decreto"),
        ("memo 45-2024", "memorando"),
        ("Expediente 2024-00045", "expediente"),
        ("Ley 45-2024", ""),
    ],
)
def test_the_kind_has_one_name(written: str, kind: str) -> None:
    (number,) = numbers(written)
    assert (number.kind, number.dated) == (kind, "45-2024")


@pytest.mark.parametrize("text", ["12-03-2025", "12/03/2025", "12 de marzo de 2025", "S/ 1,200.50", "1.200.000", "DNI 40123456"])
def test_dates_and_amounts_are_no_numbers_of_documents(text: str) -> None:
    assert mention_terms(text) == set()


def test_the_unit_has_its_parts_whatever_joins_them() -> None:
    for unit in ("UGEL.05-AGP", "UGEL05-AGP", "UGEL.5/AGP", "ugel 05-agp"):
        (number,) = [number for number in numbers(f"oficio 123-2025-{unit}") if number.year]
        assert set(number.unit) <= {"ugel", "5", "agp"}
        assert question_terms(f"oficio 123-2025-{unit}") >= {"u:ugel", "u:5", "u:agp"}


def test_its_own_number_counts_apart_and_shows_its_unit_in_the_text() -> None:
    beginning = "OFICIO N.º 0123-2025-UGEL.05-AGP\nREFERENCIA: OFICIO N.º 7-2024-DRELM"
    own = {"o:123-2025", "o:oficio-123-2025", "o:oficio-123", "u:ugel", "u:5", "u:agp"}
    assert own_terms("oficio", "123-2025", beginning) == own
    assert own_terms("oficio", "0123-2025-UGEL.05-AGP", "") == own
    assert own_terms("oficio", "", beginning) == set()
    assert own_terms("", "123-2025", "") == {"o:123-2025"}


def test_a_question_sends_all_three() -> None:
    assert question_terms("oficio 123-2025 agp") == OFICIO | {"o:123-2025", "o:oficio-123-2025", "o:oficio-123", "u:agp"}
    assert question_terms("oficio 123") == {"o:oficio-123"}
    assert question_terms("¿quién firma el oficio?") == set()


def test_every_spelling_of_a_question_meets_the_document() -> None:
    stored = mention_terms("OFICIO N.º 0123-2025-UGEL.05-AGP") | own_terms("oficio", "0123-2025-UGEL.05-AGP", "")
    for question in ("oficio 123-2025", "123-2025-ugel05", "OFICIO 00123 - 2025", "oficio nº 123 de la ugel 05"):
        assert question_terms(question) & stored


@given(st.text(max_size=300))
def test_any_text_gives_terms_that_need_no_escaping(text: str) -> None:
    for term in mention_terms(text) | question_terms(text) | own_terms(text, text, text):
        assert term.isascii()
        assert not set(term) & set("'\\ ")


@given(st.integers(1, 999_999), st.integers(1900, 2099))
def test_any_number_is_read(number: int, year: int) -> None:
    if not 1900 <= number <= 2099:
        assert Number("oficio", str(number), str(year), ()) in numbers(f"Oficio N.º {number:06}-{year}")
