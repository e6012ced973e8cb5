"""What a document without text says of itself: its file's name and the day that it arrived."""

import re
from dataclasses import replace
from datetime import date

from ingest.describing.rules import OfficeRules
from ingest.domain.descriptions import Description, Details

RECIPE = "file-name:1"

_UNIT = r"[-_. ]?"
# As cameras, scanners and people write a day: 20250312, 2025-03-12, 12-03-2025.
_DAYS = (
    re.compile(rf"(?<!\d)(?P<year>20\d\d){_UNIT}(?P<month>[01]\d){_UNIT}(?P<day>[0-3]\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>[0-3]?\d)[-_. ](?P<month>[01]?\d)[-_. ](?P<year>20\d\d)(?!\d)"),
)
_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


def described(filename: str, arrived_on: date | None) -> Description:
    """What the office's rules find in the name; its date is the name's, else the day of arrival."""
    found = OfficeRules().describe(_stem(filename).replace("_", " "), filename)
    # What is read in a name stands nowhere in a text.
    return replace(
        found,
        sender="",
        details=Details(),
        evidence={},
        issued_on=found.issued_on or _day_in(filename) or arrived_on,
        recipe=RECIPE,
    )


def passage(filename: str, device: str | None, day: date | None) -> str:
    """What is searched in place of a text: the name, the scanner, the day in figures and in words."""
    days = () if day is None else (f"{day:%d/%m/%Y}, {day:%Y-%m-%d}, {day.day} de {_MONTHS[day.month - 1]} de {day.year}",)
    return "\n".join(dict.fromkeys(filter(None, (filename, _stem(filename).replace("_", " "), device, *days))))


def _stem(filename: str) -> str:
    return filename.rpartition(".")[0] or filename


def _day_in(filename: str) -> date | None:
    for written in _DAYS:
        for found in written.finditer(filename):
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                continue
    return None
