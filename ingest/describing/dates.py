"""The date of an office letter, and of its signature, as Peruvian offices write them."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from ingest.describing.labels import Part
from ingest.describing.lines import Line
from ingest.describing.reply_words import CONFUSED, known_by_variants, meant
from ingest.domain.descriptions import Found

_NAMES = (
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
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_KNOWN_MONTHS = known_by_variants([name for name in _MONTHS if len(name) >= 6])
_FIVE_LETTERS = {name.translate(CONFUSED): name for name in _MONTHS if len(name) == 5}

_FIGURE = r"[\doilszbq|]"  # as OCR reads them: 0 as O, 1 as l, 5 as S
_MISREAD = str.maketrans("oil|szbq", "01115280")
_OF = r"(?:d[eco][lí1i]?\s)"
_YEAR = rf"(?:[1l]9|[2z][0oq]){_FIGURE}{{2}}"
_SHORT_YEAR = rf"(?:{_YEAR}|\d\d)"

_WRITTEN = re.compile(
    rf"\b(?P<day>{_FIGURE}{{1,2}})(?:\.?[°º]|ro|er)?\s(?:dias\s)?{_OF}?(?:mes\sde\s)?(?P<month>[a-z0-9|]{{3,11}})[.,]{{0,2}}"
    rf"\s?{_OF}?(?:ano\s)?(?P<year>{_YEAR})\b"
)
_FIGURES = re.compile(rf"(?<![\w/.-])(?P<day>\d{{1,2}}) ?[/.-] ?(?P<month>\d{{1,2}}) ?[/.-] ?(?P<year>{_YEAR})\b(?![/-]\d)")
_FIGURES_SHORT = re.compile(
    rf"(?<![\w/.-])(?P<day>{_FIGURE}{{1,2}}) ?[/.,—-] ?(?P<month>{_FIGURE}{{1,2}}) ?[/.,—-] ?(?P<year>{_SHORT_YEAR})\b(?![/-]\d)"
)
_ISO = re.compile(r"(?<![\w/.-])(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\w/-])")
# "San Juan de Lurigancho, 12 de marzo de 2025": a place at most before it and nothing behind it.
_PLACE = re.compile(r"[\W_]{0,3}[a-zñ0-9 .,'’()-]{0,45}(?<! el )(?<!del )(?<!dia )(?<!de )")
# Days of something else: a birth, an end, another document.
_ANOTHER = re.compile(
    r"\b(?:nacid[oa]|nacimiento|venc\w+|vigen\w+|hasta|desde|publicad[oa]s?|aprobad[oa]s?|a partir|de fecha|se reunira|se realizara"
    r"|se llevara)\b[^\d]{0,60}$"
)
_MOMENT = re.compile(r"\d{1,2}:\d{2}|\bhora")  # a stamp's or a digital signature's
_SIGNATURE = re.compile(r"firmado digitalmente|\bmotivo ?:|soy el autor")
_NEAR_SIGNATURE = 4  # lines


class Day(NamedTuple):
    """A day, and where it was read."""

    day: date
    found: Found


def issued_on(lines: Sequence[Line]) -> Day | None:
    """The date of issue: that of the line of place and date or of FECHA, else the first that the text tells; a date
    that does not exist is none.
    """
    return next(_dates(lines), None)


def signed_on(lines: Sequence[Line]) -> Day | None:
    """The day of a digital signature, as its margin tells it."""
    near = 0
    for line in lines:
        near = _NEAR_SIGNATURE if _SIGNATURE.search(line.plain) else near - 1
        if near > 0 and line.plain.lstrip(" |*-").startswith("fecha"):
            return next(_found(line, line.value, (_FIGURES_SHORT, _ISO, _WRITTEN)), None)
    return None


def days_in(lines: Sequence[Line]) -> Iterator[Day]:
    """Every day that the lines name, in whatever spelling, those of something else too."""
    for line in lines:
        for pattern in (_WRITTEN, _FIGURES_SHORT, _ISO):
            for found in pattern.finditer(line.plain):
                yield from _existing(line, found)


def _dates(lines: Sequence[Line]) -> Iterator[Day]:
    """What dates there are, the surest first."""
    stamped = [line for line in lines if _MOMENT.search(line.plain)]
    for line in lines:
        if line.part is Part.DATE and not _MOMENT.search(line.plain):
            yield from _found(line, line.value, (_WRITTEN, _FIGURES_SHORT, _ISO))
        else:
            yield from _place_and_date(line)
    told = [line for line in lines if line.part not in {Part.REFERENCE, Part.SUBJECT}]
    for pattern in (_WRITTEN, _FIGURES, _ISO):
        for line in told:
            if line not in stamped:
                yield from _found(line, 0, (pattern,))
    for line in stamped:
        yield from _found(line, line.value, (_WRITTEN, _FIGURES_SHORT, _ISO))


def _place_and_date(line: Line) -> Iterator[Day]:
    for found in _WRITTEN.finditer(line.plain):
        if _PLACE.fullmatch(line.plain, line.value, found.start()) and len(line.plain) - found.end() <= 2:
            yield from _existing(line, found)


def _found(line: Line, start: int, patterns: Sequence[re.Pattern[str]]) -> Iterator[Day]:
    for pattern in patterns:
        for found in pattern.finditer(line.plain, start):
            if not _ANOTHER.search(line.plain, max(0, found.start() - 80), found.start()):
                yield from _existing(line, found)


def _existing(line: Line, found: re.Match[str]) -> Iterator[Day]:
    if not any(map(str.isdigit, found["day"] + found["month"])) and found["day"].isalpha() and len(found["day"]) < 2:
        return
    year = int(found["year"].translate(_MISREAD))
    month = _month(found["month"])
    day = found["day"].translate(_MISREAD)
    try:
        named = date(year if year > 99 else 2000 + year, month, int(day))
    except ValueError:
        return
    yield Day(named, Found(named.isoformat(), line.start + found.start(), line.start + found.end()))


def _month(written: str) -> int:
    """The number of a month, named or in figures; 0 for what is none. A letter of its name may be misread."""
    if written in _MONTHS:
        return _MONTHS[written]
    figures = written.translate(_MISREAD)
    if figures.isdigit():
        return int(figures)
    folded = written.translate(CONFUSED)
    near = {name: _differs(known, folded) for known, name in _FIVE_LETTERS.items() if len(known) == len(folded)}
    least = min(near.values(), default=2)
    nearest = [name for name, differs in near.items() if differs == least <= 1]
    name = meant(written, _KNOWN_MONTHS) or (nearest[0] if len(nearest) == 1 else "")
    return _MONTHS.get(name, 0)


def _differs(one: str, other: str) -> int:
    return sum(first != second for first, second in zip(one, other, strict=True))
