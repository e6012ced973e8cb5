"""What a registry writes on a letter and asks of it: expediente, folios, annexes, days to answer."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from ingest.describing.labels import Part
from ingest.describing.lines import Line
from ingest.domain.descriptions import Found

_MOST_ANNEXES = 10
_LONGEST_ANNEX = 200  # characters
_SIGN = r"(?:n ?[.,]? ?[º°o0*?'\"”]{0,3}\.?|nros?\.?|num\.?)?"
_EXPEDIENTE = re.compile(
    r"\b(?:e[xk]p(?:[ce]di[ce]n[tf][ce]s?|t?e)?)\b\.? ?(?:(?:administrativo|externo|interno|sinad|sgd|siged|judicial|de tramite) ?)?"
    rf"{_SIGN} ?[:;.]? ?{_SIGN} ?(?P<number>(?:[a-z]{{1,10}}(?=[0-9]))?[0-9oilszbq]{{3,9}}(?: ?[-–—_/.] ?[a-z0-9]{{2,8}}){{0,3}})(?![a-z0-9])"
)
_MISREAD = str.maketrans("OQoIil|SsZzBb", "0001111552288")
_YEARLESS = 3  # figures at least of a number without a year
_FOLIOS = re.compile(
    r"\bfol(?:ios?|s?\.)\s?[:;.)]?\s?\(?(?P<after>\d{1,4})\b|\b(?P<before>\d{1,4})\)? (?:folios?\b|fojas\b|fs\.)"
)
_ANNEX = re.compile(r"[\W_]{0,4}(?:adj(?:unto)?s?\.?|anexos?)\s{0,3}[:.]\s?(?P<said>.+)")

_COUNTED = {
    word: number
    for number, words in {
        1: "un uno una", 2: "dos", 3: "tres", 4: "cuatro", 5: "cinco", 6: "seis", 7: "siete", 8: "ocho", 9: "nueve", 10: "diez",
        12: "doce", 15: "quince", 20: "veinte", 30: "treinta", 24: "veinticuatro", 48: "cuarentiocho", 60: "sesenta",
    }.items()
    for word in words.split()
}  # fmt: skip
_COUNT = rf"(?:\(?(?P<figures>\d{{1,3}})\)?|(?P<word>{'|'.join(_COUNTED)}))(?: \(\w{{1,12}}\))?"
_DEADLINE = re.compile(
    rf"\b(?:plazo|termino|dentro de|no mayor (?:a|de)|en el lapso)\b[^.;\n\d]{{0,60}}?\b{_COUNT}\s(?P<unit>dias?|horas?)\b"
)
_HOURS = 24


def expediente(lines: Sequence[Line]) -> Found | None:
    """The expediente's number as written: that of a line which is labelled so, else the first that the text names."""
    ranked = sorted(lines, key=lambda line: line.part is Part.BODY)
    return next((found for line in ranked for found in _expedientes(line)), None)


def _expedientes(line: Line) -> Iterator[Found]:
    for found in _EXPEDIENTE.finditer(line.plain):
        start, end = found.span("number")
        if sum(map(str.isdigit, found["number"])) >= _YEARLESS:
            written = line.text[start:end].rstrip(".-–—_/ ")
            yield Found(_put_right(written), line.start + start, line.start + start + len(written))


def _put_right(written: str) -> str:
    """The number with its parts joined by hyphens as most are, and figures where OCR read letters in them."""
    parts = re.split(r"([-/.])", re.sub(r" ?[–—_-] ?", "-", written))
    return "".join(_figures(part) for part in parts)


def _figures(part: str) -> str:
    digits = sum(map(str.isdigit, part))
    figures = part.translate(_MISREAD)
    return figures if figures.isdigit() and 2 * digits >= len(part) else part


def folios(lines: Sequence[Line]) -> Found | None:
    """How many sheets it has."""
    for line in lines:
        if found := _FOLIOS.search(line.plain):
            group = "after" if found["after"] else "before"
            return Found(str(int(found[group])), line.start + found.start(), line.start + found.end())
    return None


def annexes(lines: Sequence[Line]) -> list[Found]:
    """What goes with it, as the lines Adj. and Anexo say."""
    found = ((line, said) for line in lines if (said := _ANNEX.match(line.plain)) and said["said"].strip())
    shown = (
        Found(line.text[said.start("said") :], line.start + said.start("said"), line.start + len(line.text))
        for line, said in found
    )
    return [one._replace(value=one.value[:_LONGEST_ANNEX]) for one in islice(shown, _MOST_ANNEXES)]


def deadline(plain: str) -> Found | None:
    """Days to answer, hours as days; of the text in plain letters, line ends as spaces."""
    found = _DEADLINE.search(plain)
    if found is None:
        return None
    count = int(found["figures"] or _COUNTED[found["word"]])
    days = -(-count // _HOURS) if found["unit"].startswith("hora") else count
    return Found(str(days), found.start(), found.end()) if days else None
