"""However people part or join a number, a name or a day: text and question give a term that both have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.spellings import joined_terms


def said(text: str) -> set[str]:
    """Its words without leading zeros, and its joined terms."""
    words = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    return {word.lstrip("0") for word in words} | joined_terms(text)


@pytest.mark.parametrize(
    "spellings",
    [
        ("18450", "S/ 18 450.00", "18,450.00", "18.450,00", "18'450.00", "S/. 18,450"),
        ("987654321", "987 654 321", "987-654-321", "+51 987 654 321", "987.654.321"),
        ("ABC123", "ABC-123", "abc 123", "ABC/123"),
        ("A1B234", "A1B-234"),
        ("SAC", "S.A.C.", "S. A. C.", "s.a.c"),
        ("EIRL", "E.I.R.L."),
        ("UGEL05", "UGEL 05", "UGEL.05", "UGEL-05"),
        ("UGEL5", "UGEL 05", "UGEL05", "UGEL 5", "UGEL.05-AGP"),
        ("20123456789", "20-12345678-9"),
        ("2345678", "(01) 234-5678", "234 5678"),
        ("12/03/2025", "12-3-2025", "12.03.2025", "2025-03-12", "12 de marzo de 2025", "12 de marzo del 2025", "12/3/25"),
        ("01/09/2025", "1 de setiembre de 2025", "1 de septiembre de 2025"),
        ("1,234.56", "1234.56", "1 234,56", "S/1.234,56"),
    ],
)
def test_every_spelling_meets_the_first(spellings: tuple[str, ...]) -> None:
    for one in spellings[1:]:
        # In a sentence, and without the words that the sentence brings along.
        alone = said(f"total {one} ")
        assert said(spellings[0]) & (alone - {"total"}), one
        assert max(said(spellings[0]), key=len) in alone or joined_terms(spellings[0]) & alone, one


@pytest.mark.parametrize(
    "text", ["", "la escuela de la unidad", "el 5 de mayo", "N.º 5", "artículo 12", "de 2025", "😀 * -", "31/31/2025"]
)
def test_plain_words_and_numbers_have_none(text: str) -> None:
    assert {term for term in joined_terms(text) if ":" in term} == set()
    assert len(joined_terms(text)) <= 1


def test_a_row_of_a_table_makes_no_endless_number() -> None:
    assert max(map(len, joined_terms("123 " * 50))) <= 16


@given(st.text(max_size=300))
def test_any_text_gives_terms_that_need_no_escaping(text: str) -> None:
    for term in joined_terms(text):
        assert set(term) <= set("abcdefghijklmnopqrstuvwxyzñ0123456789:.-")
