"""Days that a question names in words, offered as filters; they are never applied without being asked for."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.domain.stream_safe import without_marks

_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_NUMBER_OF = {name: number for number, name in enumerate(_MONTHS, start=1)} | {"septiembre": 9}
_MONTH_OF_YEAR = re.compile(rf"\b(?P<month>{'|'.join(_NUMBER_OF)})(?:\s+(?:de|del))?\s+(?P<year>(?:19|20)\d\d)\b")
# A year that is a part of a number (123-2025) or of a date is none of its own.
_YEAR = re.compile(r"(?<![\w./-])(?:del?\s+(?:ano\s+)?|ano\s+)?(?P<year>(?:19|20)\d\d)(?![\w/-]|[.,]\d)")
_RELATIVE = re.compile(
    r"\b(?:(?P<hoy>hoy)|(?P<ayer>ayer)|(?P<esta_semana>esta semana)|(?:la )?(?P<semana_pasada>semana pasada)"
    r"|(?P<este_mes>este mes)|(?:el )?(?P<mes_pasado>mes pasado)|(?P<este_ano>este ano)|(?:el )?(?P<ano_pasado>ano pasado))\b"
)


@dataclass(frozen=True, slots=True)
class OfferedFilter:
    """A filter that a stretch of the question may have meant: the stretch, the parameter and its value."""

    text: str
    filter: str
    value: str


def offered_filters(question: str, today: date) -> list[OfferedFilter]:
    """The filters that the question's date words stand for, in the order in which they are written.

    `today` is the office's. A month with its year gives `year` and `month`, a year alone `year`, and words such as
    `la semana pasada` the days `date_from` and `date_to`.
    """
    # One character for one, so that what was found is shown as it was typed.
    plain = "".join(without_marks(letter)[:1] or letter for letter in question.lower())
    if len(plain) != len(question):  # İ in small letters is two
        return []
    offered = sorted(_found(plain, today), key=lambda one: one[0])
    return [OfferedFilter(question[start:end].strip(), name, value) for (start, end), values in offered for name, value in values]


_Offer = tuple[tuple[int, int], list[tuple[str, str]]]


def _found(plain: str, today: date) -> Iterator[_Offer]:
    months = list(_MONTH_OF_YEAR.finditer(plain))
    for said in months:
        yield said.span(), [("year", said["year"]), ("month", str(_NUMBER_OF[said["month"]]))]
    for said in _YEAR.finditer(plain):
        if not any(month.start() <= said.start("year") < month.end() for month in months):
            yield said.span("year"), [("year", said["year"])]
    for said in _RELATIVE.finditer(plain):
        first, last = _days(str(said.lastgroup), today)
        yield said.span(), [("date_from", first.isoformat()), ("date_to", last.isoformat())]


def _days(said: str, today: date) -> tuple[date, date]:
    """The first and the last day of what was said; weeks begin on Monday, and nothing ends after today."""
    monday = today - timedelta(days=today.weekday())
    before = today.replace(day=1) - timedelta(days=1)  # the last day of last month
    last_year = today.year - 1
    return {
        "hoy": (today, today),
        "ayer": (today - timedelta(days=1), today - timedelta(days=1)),
        "esta_semana": (monday, today),
        "semana_pasada": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "este_mes": (today.replace(day=1), today),
        "mes_pasado": (before.replace(day=1), before.replace(day=monthrange(before.year, before.month)[1])),
        "este_ano": (date(today.year, 1, 1), today),
        "ano_pasado": (date(last_year, 1, 1), date(last_year, 12, 31)),
    }[said]
