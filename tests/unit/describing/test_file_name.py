"""What a document without text says of itself by its name."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.describing import file_name

ARRIVED = date(2026, 1, 2)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("IMG_20250312_101112.jpg", date(2025, 3, 12)),
        ("IMG-20250312-WA0001.jpg", date(2025, 3, 12)),
        ("Scan 2025-03-12 (2).pdf", date(2025, 3, 12)),
        ("acta 5-3-2025.pdf", date(2025, 3, 5)),
        ("20259999.pdf", ARRIVED),
        ("31-02-2025.pdf", ARRIVED),
        ("120250312.pdf", ARRIVED),
        ("DSC00012.JPG", ARRIVED),
    ],
)
def test_the_day_is_the_name_s_else_that_of_arrival(name: str, day: date) -> None:
    assert file_name.described(name, ARRIVED).issued_on == day


def test_a_name_that_is_a_heading_is_read_as_one() -> None:
    found = file_name.described("OFICIO_123-2025-UGEL.05.pdf", None)
    assert (found.document_type, found.number, found.issued_on) == ("oficio", "123-2025", None)


def test_what_is_searched_has_name_device_and_day() -> None:
    assert file_name.passage("plano_piso.pdf", "Mesa", date(2025, 9, 3)).splitlines() == [
        "plano_piso.pdf",
        "plano piso",
        "Mesa",
        "03/09/2025, 2025-09-03, 3 de septiembre de 2025",
    ]


@given(st.text())
def test_any_name_is_described(name: str) -> None:
    found = file_name.described(name, ARRIVED)
    assert found.issued_on is not None
    assert file_name.passage(name, None, found.issued_on)
