"""Dates at the ends of the calendar, and what looks like one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from api import paging
from api.inputs import Day, Moment, Text

NIL = UUID(int=0)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-03-12T15:04:05Z", datetime(2025, 3, 12, 15, 4, 5, tzinfo=UTC)),
        ("2025-03-12T15:04:05-05:00", datetime(2025, 3, 12, 20, 4, 5, tzinfo=UTC)),
        ("2025-03-12T15:04:05", datetime(2025, 3, 12, 15, 4, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_moment_is_one_of_utc_and_of_the_calendar(written: str, moment: datetime) -> None:
    assert TypeAdapter(Moment).validate_python(written) == moment


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (Day, "0"),
        (Day, "1741737600"),
        (Day, "2025-03-12T00:00:00Z"),
        (Moment, "0"),
        (Moment, "1741737600"),
        (Text, "a\0b"),
        (Text, "\ud800"),
    ],
)
def test_what_is_no_such_thing_is_refused(kind: Any, written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(written)


@pytest.mark.parametrize("cursor", ["0.00000000000000000000000000000000", "9999999999999999." + "f" * 32])
def test_whatever_has_a_cursors_form_is_one(cursor: str) -> None:
    assert TypeAdapter(paging.Cursor).validate_python(cursor) == cursor
    assert paging.position(cursor) is not None


@pytest.mark.parametrize(
    "cursor", ["", "x", "MHwwMDA=", "1.0", "1.00000000000000000000000000000000\n", "٣.00000000000000000000000000000000"]
)
def test_whatever_has_not_is_none(cursor: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(paging.Cursor).validate_python(cursor)
