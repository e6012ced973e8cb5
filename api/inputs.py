"""What a client may send, as types that OpenAPI describes: text that the database can hold, dates of a calendar."""

import re
from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path
from pydantic import BeforeValidator, StringConstraints

from api.wording import wrong

# PostgreSQL holds no NUL; a lone surrogate, which JSON can write, is refused with every pattern.
STORABLE = r"^[^\x00]*$"
LARGEST_PAGE = (1 << 31) - 1  # PostgreSQL's integer

Text = Annotated[str, StringConstraints(pattern=STORABLE, max_length=500)]


def _day(value: object) -> object:
    """Python takes a number for seconds since 1970, and a moment for its day."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise wrong("no_day")
    return value


def _moment(value: object) -> object:
    if isinstance(value, str) and not re.match(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise wrong("no_moment")
    return value


def in_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC; one that names no zone is of `zone`. At the calendar's ends the nearest that there is."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


def _number(value: object) -> object:
    """Python takes `true` for 1, and a word of digits for a number."""
    if isinstance(value, bool | str):
        raise wrong("no_number")
    return value


Whole = BeforeValidator(_number)  # behind the limits of a whole number, so that OpenAPI says them
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]  # of the office's zone where it names none: `in_utc`
PageNumber = Annotated[int, Path(ge=1, le=LARGEST_PAGE, description="From 1 on.")]
