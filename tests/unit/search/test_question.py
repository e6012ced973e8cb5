"""Whatever is typed is a question, and its parts are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.search.question import MAX_CHARACTERS, parse


@pytest.mark.parametrize(
    ("typed", "words", "phrases", "without"),
    [
        ("matrícula escolar", ("matrícula", "escolar"), (), ()),
        ('plazo "año escolar 2025" ugel', ("plazo", "ugel"), ("año escolar 2025",), ()),
        ("«ley general» “de educación”", (), ("ley general", "de educación"), ()),
        ('informe -borrador -"sin efecto"', ("informe",), (), ("borrador", "sin efecto")),
        ("oficio 123-2025-UGEL.05 -05", ("oficio", "123", "2025", "UGEL", "05"), (), ()),
        ("político-económico", ("político", "económico"), (), ()),
        ('una "comilla sola', ("una", "comilla", "sola"), (), ()),
        ('"" -', (), (), ()),
        ("  ", (), (), ()),
        ("uno uno", ("uno",), (), ()),
    ],
)
def test_parts(typed: str, words: tuple[str, ...], phrases: tuple[str, ...], without: tuple[str, ...]) -> None:
    question = parse(typed)
    assert (question.words, question.phrases, question.without) == (words, phrases, without)


def test_only_what_is_asked_for_is_embedded() -> None:
    assert parse('plazo de "matrícula 2025" -privada').asked == "plazo de matrícula 2025"


def test_a_correction_leaves_quotes_and_exclusions_alone() -> None:
    better = {"resolusion": "resolución", "matricla": "matrícula"}
    corrected = parse('resolusion, "resolusion" -resolusion y matricla-resolusion').corrected(better)
    assert corrected.written == 'resolución, "resolusion" -resolusion y matrícula-resolución'
    assert corrected.phrases == ("resolusion",)
    assert corrected.without == ("resolusion",)


@given(st.text())
def test_anything_is_a_question(text: str) -> None:
    question = parse(text)
    assert len(question.written) <= MAX_CHARACTERS
    for part in (question.written, question.asked, *question.words, *question.phrases, *question.without):
        assert "\0" not in part
        part.encode()


def test_a_lone_surrogate_and_a_long_text_are_questions_too() -> None:
    parse("\ud800 a\ud800b").asked.encode()
    assert len(parse("palabra " * 10_000).written) == MAX_CHARACTERS
