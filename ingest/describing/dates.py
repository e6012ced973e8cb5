"""The date of an office letter, as Peruvian offices write it."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from ingest.describing.lines import Line, Part

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene",
            "febrero feb",
            "marzo mar",
            "abril abr",
            "mayo may",
            "junio jun",
            "julio jul",
            "agosto ago",
            "setiembre septiembre set sep",
            "octubre oct",
            "noviembre nov",
            "diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MISREAD = str.maketrans("oil|", "0111")  # OCR takes 0 for O and 1 for l
_YEAR = r"(?:19|20|2o|l9)[\dol]{2}"
_SHORT_YEAR = rf"(?:{_YEAR}|\d\d)"

_WRITTEN = re.compile(
    rf"\b(?P<day>[\dol]{{1,2}})(?:\.?[°º]|ro|er)?\s(?:dias\s)?(?:del?\s)?(?:mes\sde\s)?(?P<month>{_MONTH})\.?,?"
    rf"\s?(?:del?\s?)?(?:ano\s)?(?P<year>{_YEAR})\b"
)
_FIGURES = re.compile(rf"(?<![\w/.-])(?P<day>\d{{1,2}}) ?[/.-] ?(?P<month>\d{{1,2}}) ?[/.-] ?(?P<year>{_YEAR})\b(?![/-]\d)")
_FIGURES_SHORT = re.compile(
    rf"(?<![\w/.-])(?P<day>\d{{1,2}}) ?[/.-] ?(?P<month>\d{{1,2}}) ?[/.-] ?(?P<year>{_SHORT_YEAR})\b(?![/-]\d)"
)
_ISO = re.compile(r"(?<![\w/.-])(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\w/-])")
# "San Juan de Lurigancho, 12 de marzo de 2025": a place at most before it and nothing behind it.
_PLACE = re.compile(r"[\W_]{0,3}[a-zñ .,'’()-]{0,45}(?<! el )(?<!del )(?<!dia )")
_ANOTHER = re.compile(r"\b(?:nacid[oa]|nacimiento|venc\w+|vigen\w+|hasta)\b[^\d]{0,30}$")


def issued_on(lines: Sequence[Line]) -> date | None:
    """The date of issue: that of the line of place and date or of FECHA, else the first that the text tells; a date
    that does not exist is none.
    """
    return next(_dates(lines), None)


def _dates(lines: Sequence[Line]) -> Iterator[date]:
    """What dates there are, the surest first."""
    for line in lines:
        if line.part is Part.DATE:
            yield from _found(line.plain[line.value :], (_WRITTEN, _FIGURES_SHORT, _ISO))
        else:
            yield from _place_and_date(line.plain)
    told = [line.plain for line in lines if line.part not in {Part.REFERENCE, Part.SUBJECT}]
    for pattern in (_WRITTEN, _FIGURES, _ISO):
        for text in told:
            yield from _found(text, (pattern,))


def _place_and_date(text: str) -> Iterator[date]:
    for found in _WRITTEN.finditer(text):
        if _PLACE.fullmatch(text, 0, found.start()) and len(text) - found.end() <= 2:
            yield from _existing(found)


def _found(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[date]:
    for pattern in patterns:
        for found in pattern.finditer(text):
            if not _ANOTHER.search(text, max(0, found.start() - 50), found.start()):
                yield from _existing(found)


def _existing(found: re.Match[str]) -> Iterator[date]:
    year = int(found["year"].translate(_MISREAD))
    month = _MONTHS.get(found["month"]) or int(found["month"])
    try:
        yield date(year if year > 99 else 2000 + year, month, int(found["day"].translate(_MISREAD)))
    except ValueError:
        return
