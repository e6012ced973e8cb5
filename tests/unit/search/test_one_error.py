"""What counts as one typing error."""

import pytest

from ingest.search.understanding import is_one_error


@pytest.mark.parametrize(
    ("typed", "meant", "one"),
    [
        ("matrcula", "matricula", True),
        ("Matrículla", "matricula", True),
        ("martícula", "matricula", True),
        ("resolusión", "resolucion", True),
        ("matrícula", "matricula", True),
        ("aa", "aaa", True),
        ("matrclua", "matricula", False),
        ("resolusiión", "resolucion", False),
        ("tramite", "termita", False),
        ("abcd", "badc", False),
    ],
)
def test_one_letter_or_two_that_changed_places(typed: str, meant: str, *, one: bool) -> None:
    assert is_one_error(typed, meant) is one
    assert is_one_error(meant, typed) is one
