"""Descriptions by rules over the Spanish office language of Peruvian public offices; free and offline.

A letter says what it is in its first lines: `OFICIO N.º 0123-2025-MINEDU/UGEL.05-AGP`, a place and a date, a
line `ASUNTO`. `office_lines` tells the parts of a letter, this module what it is and what about, `office_dates`
when and `office_names` who wrote it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.describing.dates import issued_on
from ingest.describing.lines import Line, Part, lines_of, plain
from ingest.describing.names import issuer
from ingest.domain.documents import Description

_LONGEST_SUBJECT = 300
_LONGEST_TITLE = 200
_LONGEST_WORDS = 100  # characters of a heading in a title

# Headings as written, without accents, to the type's word: the vocabulary of `document_type`.
_TYPES = {
    "acta": "acta",
    "adenda": "adenda",
    "ayuda memoria": "ayuda_memoria",
    "carta": "carta",
    "certificado": "certificado",
    "circular": "circular",
    "citacion": "citacion",
    "comunicado": "comunicado",
    "constancia": "constancia",
    "contrato": "contrato",
    "convenio": "convenio",
    "decreto": "decreto",
    "dictamen": "dictamen",
    "directiva": "directiva",
    "esquela": "citacion",
    "formulario unico de tramite": "solicitud",
    "fut": "solicitud",
    "hoja de envio": "hoja_de_envio",
    "hoja de ruta": "hoja_de_envio",
    "informe": "informe",
    "invitacion": "invitacion",
    "memorando": "memorando",
    "memorando circular": "memorando_multiple",
    "memorando multiple": "memorando_multiple",
    "memorandum": "memorando",
    "memorandum circular": "memorando_multiple",
    "memorandum multiple": "memorando_multiple",
    "nota de pedido": "requerimiento",
    "oficio": "oficio",
    "oficio circular": "oficio_multiple",
    "oficio multiple": "oficio_multiple",
    "orden de compra": "orden_de_compra",
    "orden de servicio": "orden_de_servicio",
    "proveido": "proveido",
    "requerimiento": "requerimiento",
    "resolucion": "resolucion",
    "solicitud": "solicitud",
}
# What OCR confuses, made one: 0FlCIO and OFICIO read the same. Text and headings are compared so.
_CONFUSED = str.maketrans("061l", "ooii")
_KINDS = {heading.translate(_CONFUSED): kind for heading, kind in _TYPES.items()}
_HEADING = re.compile(rf"[\W_]{{0,6}}(?P<kind>{'|'.join(sorted(_KINDS, key=len, reverse=True))})\b")
_HEADING_WORDS = 10  # a line of more words is a sentence
_LONGEST_GAP = 60  # characters between a type and its number: RESOLUCIÓN DIRECTORAL REGIONAL SECTORIAL
_TITLE_LINES = 8  # a heading without number and in small letters stands at the top

# N.º, N°, Nº, Nro., N.?, No. and a number with its year; OCR reads 0 as O and 1 as l.
_SIGN = r"(?:n0(?=[\s.])|n\s?[.,]?\s?[o°º?*\"'”]{0,2}|nro\.?|num\.?|numero)"
_YEAR = r"(?:19|20|2o)[\dol]{2}"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<sign>{_SIGN}\s{{0,3}}[:.]?\s{{0,3}})?"
    rf"(?:(?P<year_first>20\d\d\s?-\s?\d{{3,7}})(?!\d)|(?P<digits>[\dol]{{1,7}})(?:\s?[-–—/]\s?(?P<year>{_YEAR}|\d\d)(?![\dol]))?(?!\d))"
    r"(?P<unit>(?:\s?[-–—/.]\s?[a-z][\w.]{0,20}(?:\s\d{1,2}\b)?){0,8})"
)
_MISREAD = str.maketrans("ol", "01")


class _Heading(NamedTuple):
    """The line that names the document: its place among the lines, the words of a title, and what they say."""

    place: int
    words: str
    kind: str
    number: str = ""
    unit: str = ""


class OfficeRules:
    """Implements `ports.Describer` without any service."""

    recipe = "office-rules:2"
    costs = False

    def describe(self, text: str, filename: str) -> Description:
        """The description of a document; empty where the text does not say."""
        lines = lines_of(text)
        heading = _heading(lines)
        subject = _subject(lines)
        asks = any(line.part is Part.SUBJECT and re.match(r"\W{0,4}(?:sumilla|solicit[oa])\b", line.plain) for line in lines)
        return Description(
            # Peruvian requests begin with a sumilla and have no heading.
            document_type=heading.kind if heading else "solicitud" if asks else "",
            number=heading.number if heading else "",
            office=issuer(heading.unit if heading else "", lines, heading.place if heading else None),
            subject=subject,
            issued_on=issued_on(lines),
            title=_title(lines, heading, subject, filename),
            recipe=self.recipe,
        )


def _heading(lines: Sequence[Line]) -> _Heading | None:
    """The first line that names the document; a later one of the same kind may bring the number."""
    first: _Heading | None = None
    for heading in _headings(lines):
        if first is None or (heading.kind == first.kind and heading.number):
            first = heading
        if first.number:
            break
    return first


def _headings(lines: Sequence[Line]) -> Iterator[_Heading]:
    written = [place for place, line in enumerate(lines) if line.part is Part.TOP and line.text]
    for order, place in enumerate(written):
        line = lines[place]
        found = _HEADING.match(line.plain.translate(_CONFUSED))
        if found is None or not _is_heading(line, found, at_top=order < _TITLE_LINES):
            continue
        kind = _KINDS[found["kind"]]
        below = lines[written[order + 1]] if order + 1 < len(written) else None
        if number := _number(line, found.end()):
            if not _goes_on(line, number.end()):
                yield _Heading(place, _words(line, number.end()), kind, _digits(number), _unit(line, number))
        elif below and (number := _number_alone(below)):
            # RESOLUCIÓN DIRECTORAL / N.º 0456-2025
            words = f"{line.text} N.º {_digits(number)}"
            yield _Heading(place, words, kind, _digits(number), _unit(below, number))
        else:
            yield _Heading(place, line.text, kind)


def _is_heading(line: Line, found: re.Match[str], *, at_top: bool) -> bool:
    """Whether a line that begins with a type's word is a title and no sentence."""
    word = line.text[found.start("kind") : found.end("kind")]
    sure = "".join(character for character in word if character not in "l01")
    number = _number(line, found.end())
    if sure.isupper():
        near = number is not None and number.start() - found.end() <= _LONGEST_GAP
        return near or (len(line.text.split()) <= 2 * _HEADING_WORDS and not line.text.endswith(","))
    titled = word[0].isupper() and not line.text.endswith((",", ";", ".", ":")) and len(line.text.split()) <= _HEADING_WORDS
    return titled and (at_top or number is not None) and not line.text.startswith(("-", "•", "*", "·"))


def _number(line: Line, start: int) -> re.Match[str] | None:
    """The first number with a sign before it or a year behind it."""
    for found in _NUMBER.finditer(line.plain, start):
        if found["year_first"] or ((found["sign"] or found["year"]) and found["digits"].strip("ol0")):
            return found
    return None


def _number_alone(line: Line) -> re.Match[str] | None:
    """The number that a line begins with, sign and all."""
    found = _number(line, 0)
    return found if found and found["sign"] and found.start() <= 3 and not _goes_on(line, found.end()) else None


def _goes_on(line: Line, end: int) -> bool:
    """Whether a sentence goes on behind the number: `Oficio N.º 12-2025, que remite`."""
    rest = line.text[end:].lstrip()
    return rest[:1] == "," or (rest[:1].islower() and not line.text.isupper() and not line.text[: len("ACTA")].isupper())


def _unit(line: Line, number: re.Match[str]) -> str:
    """What is joined to the number, as written: `-MINEDU/UGEL.05-AGP`."""
    return line.text[slice(*number.span("unit"))]


def _words(line: Line, end: int) -> str:
    """The words of a title: the line, or as far as its number where more than a name comes behind it."""
    rest = line.text[end:]
    return line.text if len(line.text) <= _LONGEST_WORDS and not re.search(r"\d", rest) else line.text[:end]


def _digits(found: re.Match[str]) -> str:
    if found["year_first"]:
        return re.sub(r"\s", "", found["year_first"])
    digits, year = found["digits"].translate(_MISREAD), (found["year"] or "").translate(_MISREAD)
    return f"{digits}-{year}" if year else digits


def _subject(lines: Sequence[Line]) -> str:
    """What stands behind ASUNTO, SUMILLA or SOLICITO, with the lines it runs on to."""
    said: list[str] = []
    for line in lines:
        if line.part is Part.SUBJECT and not (said and line.value):
            said.append(line.text[line.value :])
        elif "".join(said).strip():
            break
        elif line.part is not Part.TOP or line.text:
            said.clear()
    return " ".join(" ".join(said).split()).strip(" .:;-")[:_LONGEST_SUBJECT]


def _title(lines: Sequence[Line], heading: _Heading | None, subject: str, filename: str) -> str:
    """The heading as written and the subject; else the first line of words, else the file's name."""
    if heading is not None:
        words = " ".join(heading.words.split()).strip("*-–—.:|~ ")
        return (f"{words} – {subject}" if subject and plain(subject) not in plain(words) else words)[:_LONGEST_TITLE]
    if subject:
        return subject[:_LONGEST_TITLE]
    first = next((line.text for line in lines if len(re.findall(r"[^\W\d_]{3,}", line.text)) >= 2), "")
    return (first or filename.rpartition(".")[0] or filename)[:_LONGEST_TITLE]
