"""Dates at the ends of the calendar, and what looks like one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from api import paging
from api.inputs import Day, Moment, Text, in_utc

NIL = UUID(int=0)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-03-12T15:04:05Z", datetime(2025, 3, 12, 15, 4, 5, tzinfo=UTC)),
        ("2025-03-12T15:04:05-05:00", datetime(2025, 3, 12, 20, 4, 5, tzinfo=UTC)),
        ("2025-03-12T15:04:05", datetime(2025, 3, 12, 20, 4, 5, tzinfo=UTC)),  # the office's time
        ("2025-03-12", datetime(2025, 3, 12, 5, tzinfo=UTC)),  # its midnight
        ("0001-01-01T00:00:00", datetime(1, 1, 1, 5, 8, 12, tzinfo=UTC)),
        ("9999-12-31T23:59:59", datetime.max.replace(tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_moment_is_one_of_utc_and_of_the_calendar(written: str, moment: datetime) -> None:
    assert in_utc(TypeAdapter(Moment).validate_python(written), ZoneInfo("America/Lima")) == moment


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Lima", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("written", ["0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"])
def test_the_calendars_ends_are_moments_in_every_zone(zone: str, written: str) -> None:
    assert in_utc(TypeAdapter(Moment).validate_python(written), ZoneInfo(zone)).tzinfo is UTC


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
