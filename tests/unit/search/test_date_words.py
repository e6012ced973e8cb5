"""Date words of a question, offered as filters."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.search.date_words import offered_filters

THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("informe de marzo 2025", [("marzo 2025", "year", "2025"), ("marzo 2025", "month", "3")]),
        ("Setiembre del 2024", [("Setiembre del 2024", "year", "2024"), ("Setiembre del 2024", "month", "9")]),
        ("resoluciones 2023", [("2023", "year", "2023")]),
        ("la semana pasada", [("la semana pasada", "date_from", "2026-11-16"), ("la semana pasada", "date_to", "2026-11-22")]),
        ("oficios de este año", [("este año", "date_from", "2026-01-01"), ("este año", "date_to", "2026-11-26")]),
        ("mes pasado", [("mes pasado", "date_from", "2026-10-01"), ("mes pasado", "date_to", "2026-10-31")]),
        ("OFICIO 123-2025", []),
        ("12/03/2025", []),
        ("S/ 2025.50", []),
        ("marzo", []),
        ("", []),
    ],
)
def test_words_that_name_days_are_offered(question: str, offered: list[tuple[str, str, str]]) -> None:
    assert [(one.text, one.filter, one.value) for one in offered_filters(question, THURSDAY)] == offered


@given(st.text(), st.dates())
def test_any_question_is_read(question: str, today: date) -> None:
    offered_filters(question, today)
