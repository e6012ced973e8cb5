"""Corrections stand above what is read, say what that was, and can be taken back."""

from datetime import UTC, date, datetime

import pytest

from ingest.domain import corrections
from ingest.domain.corrections import CORRECTABLE, Correction, Value
from ingest.domain.descriptions import Description, Details

AT = datetime(2025, 3, 12, tzinfo=UTC)
READ = Description(
    "oficio",
    "123-2025",
    "UGEL 05",
    "Visitas",
    date(2025, 3, 1),
    "Oficio",
    "r",
    "Rosa",
    Details(expediente="1-2025", deadline_days=3),
)


@pytest.mark.parametrize(
    ("name", "value", "was"),
    [
        ("document_type", "carta", "oficio"),
        ("document_number", "", "123-2025"),
        ("date", "2025-04-05", "2025-03-01"),
        ("date", "", "2025-03-01"),
        ("sender", "Ana", "Rosa"),
        ("expediente", "2-2025", "1-2025"),
        ("recipients", ["A", "B"], []),
        ("signed_on", "2025-01-01", None),
        ("deadline_days", 5, 3),
        ("people", [], []),
    ],
)
def test_a_correction_is_shown_says_what_was_and_is_undone(name: str, value: Value, was: Value) -> None:
    wanted = corrections.changed({}, {name: value}, "ana", AT)
    shown, kept = corrections.applied(READ, wanted)
    assert kept[name] == Correction(value, was, "ana", AT)
    said = corrections.value_of(shown, name)
    expected = date.fromisoformat(value) if isinstance(said, date) and isinstance(value, str) else value
    assert (list(said) if isinstance(said, tuple) else said) == (None if name == "date" and value == "" else expected)
    back = corrections.undone(shown, kept)
    assert {one: corrections.value_of(back, one) for one in ("date", "sender")} == {"date": READ.issued_on, "sender": READ.sender}
    assert corrections.of_json(corrections.as_json(kept)) == kept


def test_none_takes_one_back_and_leaves_the_others() -> None:
    first = corrections.changed({}, {"sender": "Ana", "office": "DRE"}, "ana", AT)
    second = corrections.changed(first, {"sender": None, "subject": None}, "luis", AT)
    assert {name: one.value for name, one in second.items()} == {"office": "DRE"}


def test_every_correctable_field_has_a_value() -> None:
    assert all(corrections.value_of(READ, name) is not Ellipsis for name in CORRECTABLE)


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("document_type", "Oficio Múltiple", "oficio_multiple"),
        ("sender", "  Ana\u202e \n\tPaz\x07 ", "Ana Paz"),
        ("recipients", ["", " \u200b ", "A\nB"], ["A B"]),
        ("summary", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("folios", 7, 7),
    ],
)
def test_a_text_is_kept_as_one_printable_line(name: str, written: Value, kept: Value) -> None:
    assert corrections.tidy(name, written) == kept


def test_a_document_is_found_by_what_was_written() -> None:
    wanted = corrections.changed({}, {"sender": "Ñahui: Ana", "expediente": "Oficio 45-2025", "folios": 3}, "ana", AT)
    assert {"ñahui", "ana", "m:oficio-45-2025"} <= corrections.terms(wanted)
    assert not any(term.startswith("ñahui:") for term in corrections.terms(wanted))
    assert corrections.terms({}) == set()
