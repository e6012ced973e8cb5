"""What a letter calls itself: its type, its number, and the letters behind that which name the office."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.describing.labels import Part
from ingest.describing.lines import Line
from ingest.describing.reply_words import known_by_variants, meant
from ingest.domain.descriptions import Found

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
    "hoja de tramite": "hoja_de_envio",
    "informe": "informe",
    "invitacion": "invitacion",
    "memorando": "memorando",
    "memorando circular": "memorando_multiple",
    "memorando multiple": "memorando_multiple",
    "memorandum": "memorando",
    "memorandum circular": "memorando_multiple",
    "memorandum multiple": "memorando_multiple",
    "declaracion jurada": "declaracion_jurada",
    "memorial": "memorial",
    "nota de pedido": "requerimiento",
    "nota informativa": "nota_informativa",
    "notificacion": "notificacion",
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
KINDS = frozenset(_TYPES.values())
# What OCR confuses, made one: 0FlCIO and OFICIO read the same. Text and headings are compared so.
_CONFUSED = str.maketrans("061l", "ooii")
_KINDS = {heading.translate(_CONFUSED): kind for heading, kind in _TYPES.items()}
_HEADING = re.compile(rf"[\W_]{{0,6}}(?P<kind>{'|'.join(sorted(_KINDS, key=len, reverse=True))})\b")
# One more letter may be misread where the word is long enough to be no other: 0FICTO, RESOLUC1ON.
_MISREAD_HEADING = re.compile(r"[\W_]{0,6}(?P<kind>[a-z0-9|]{5,14}(?: [a-z0-9|]{2,9}){0,2}?)(?= (?:n|[a-z]{4,})|\W{0,2}$)")
_MISREAD_TITLE = re.compile(r"[\W_]{0,6}(?P<kind>[a-z0-9|]{4,14}(?: [a-z0-9|]{2,9}){0,3}?)(?= (?:de|n|oficial|\()|\W{0,2}$)")
_SEVERAL = known_by_variants(["multiple", "circular"])
_FIVE_LETTERS = ("carta",)
_KNOWN = known_by_variants([heading for heading in _TYPES if len(heading) >= 6])
_HEADING_WORDS = 10  # a line of more words is a sentence
_LONGEST_GAP = 60  # characters between a type and its number: RESOLUCIÓN DIRECTORAL REGIONAL SECTORIAL
_TITLE_LINES = 8  # a heading without number and in small letters stands at the top

# N.º, N°, Nº, Nro., N.?, No. and a number with its year; OCR reads 0 as O and 1 as l.
_SIGN = r"(?:n0(?=[\s.])|[nh]\s?[.,]?\s?[o°º?*\"'”]{0,2}|nr[oc][.,]?|num\.?|numero)"
_FIGURE = r"[\dolisbzqg|]"  # as OCR reads them
_YEAR = rf"(?:[1l]9|[2z][0oq]){_FIGURE}{{2}}"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<sign>{_SIGN}\s{{0,3}}[:.]?\s{{0,3}})?"
    rf"(?:(?P<year_first>20\d\d\s?-\s?\d{{3,7}})(?!\d)"
    rf"|(?P<digits>{_FIGURE}{{1,7}})(?:\s?[-–—/_~]{{1,2}}\s?(?P<year>{_YEAR}|\d\d)(?!{_FIGURE}))?(?!\d))"
    r"(?P<unit>(?:\s?[-–—/._]\s?[a-z0-9][\w.]{0,20}(?:\s\d{1,2}\b)?){0,8})"
)
_MISREAD = str.maketrans("olisbzqg|", "011582061")


class Heading(NamedTuple):
    """The line that names the document: its place among the lines, the words of a title, and what they say.

    `named` is where the type stands, `numbered` where the number with its unit does, as written.
    """

    place: int
    words: str
    kind: str
    number: str = ""
    unit: str = ""
    named: Found = Found("")
    numbered: Found = Found("")


def heading_of(lines: Sequence[Line]) -> Heading | None:
    """The first line that names the document; a later one of the same kind may bring the number."""
    first: Heading | None = None
    for heading in _headings(lines):
        if first is None or (heading.kind == first.kind and heading.number):
            first = heading
        if first.number:
            break
    return first


def _headings(lines: Sequence[Line]) -> Iterator[Heading]:
    written = [place for place, line in enumerate(lines) if line.part is Part.TOP and line.text]
    for order, place in enumerate(written):
        line = lines[place]
        found, kind = _kind(line)
        if found is None or not _is_heading(line, found, at_top=order < _TITLE_LINES):
            continue
        named = _stretch(line, *found.span("kind"))
        below = lines[written[order + 1]] if order + 1 < len(written) else None
        if number := _number(line, found.end()):
            if not _goes_on(line, number.end()):
                yield Heading(
                    place, _words(line, number.end()), kind, _digits(number), _unit(line, number), named, _numbered(line, number)
                )
        elif below and (number := _number_alone(below)):
            # RESOLUCIÓN DIRECTORAL / N.º 0456-2025
            words = f"{line.text} N.º {_digits(number)}"
            yield Heading(place, words, kind, _digits(number), _unit(below, number), named, _numbered(below, number))
        else:
            yield Heading(place, line.text, kind, named=named)


def _kind(line: Line) -> tuple[re.Match[str] | None, str]:
    """The type's word that a line begins with, and the type."""
    if found := _HEADING.match(line.plain.translate(_CONFUSED)):
        return found, _of_several(_KINDS[found["kind"]], line.plain[found.end() :])
    if not _sure(line.text[: len("RESOLUCION")]).isupper():
        return None, ""
    for found in filter(None, (_MISREAD_HEADING.match(line.plain), _MISREAD_TITLE.match(line.plain))):
        if word := _meant(found["kind"], numbered=_number(line, found.end()) is not None):
            return found, _of_several(_TYPES[word], line.plain[found.end() :])
    return None, ""


def _meant(written: str, *, numbered: bool) -> str:
    """The type's words that these are, with a letter misread at most; five letters are enough before a number."""
    if word := meant(written, _KNOWN):
        return word
    near = (word for word in _FIVE_LETTERS if numbered and len(written) == len(word))
    return next((word for word in near if sum(one != other for one, other in zip(word, written, strict=True)) <= 1), "")


def _of_several(kind: str, rest: str) -> str:
    """The type of a letter that goes to many, whose second word was misread: OFICIO MÚLT1PLE."""
    second = rest.split(None, 1)[:1]
    return f"{kind}_multiple" if kind in ("oficio", "memorando") and second and meant(second[0], _SEVERAL) else kind


def _stretch(line: Line, start: int, end: int) -> Found:
    return Found(line.text[start:end], line.start + start, line.start + end)


def _numbered(line: Line, number: re.Match[str]) -> Found:
    start = number.start("year_first" if number["year_first"] else "digits")
    return _stretch(line, start, start + len(line.text[start : number.end()].rstrip(" .-–—_/")))


def _is_heading(line: Line, found: re.Match[str], *, at_top: bool) -> bool:
    """Whether a line that begins with a type's word is a title and no sentence."""
    word = line.text[found.start("kind") : found.end("kind")]
    sure = _sure(word)
    number = _number(line, found.end())
    if sure.isupper():
        near = number is not None and number.start() - found.end() <= _LONGEST_GAP
        return near or (len(line.text.split()) <= 2 * _HEADING_WORDS and not line.text.endswith(","))
    titled = word[0].isupper() and not line.text.endswith((",", ";", ".", ":")) and len(line.text.split()) <= _HEADING_WORDS
    return titled and (at_top or number is not None) and not line.text.startswith(("-", "•", "*", "·"))


def _sure(word: str) -> str:
    """The word without what OCR takes for letters, or letters for."""
    return "".join(character for character in word if character not in "l01|5489 ")


def _number(line: Line, start: int) -> re.Match[str] | None:
    """The first number with a sign before it or a year behind it."""
    for found in _NUMBER.finditer(line.plain, start):
        if found["year_first"] or ((found["sign"] or found["year"]) and _is_figures(found["digits"])):
            return found
    return None


def _is_figures(token: str) -> bool:
    """Whether these are figures, some of them perhaps misread, and not zero."""
    return any(map(str.isdigit, token)) and bool(token.strip("o0q"))


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
