"""The first lines of an office letter, each with the part it belongs to: what a person sees by the layout.

Only the beginning is looked at and every pattern runs over one short line: the text is hostile until read.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

HEAD = 6_000  # characters looked at; a letter names itself, its date and its subject on its first page
_LONGEST_LINE = 400
_LONGEST_ADDRESS = 8  # lines of name, post and office
_LONGEST_SUBJECT = 5  # lines
_FULL_LINE = 45  # characters after which a subject is likely to run on in the next line
_BARE_LABEL = len("SUMILLA :") + 1  # a line of fewer characters has no room for a subject


class Part(Enum):
    """What a line does in a letter; a letterhead, headings and dates are TOP."""

    TOP = auto()
    ADDRESSEE = auto()
    SENDER = auto()
    SUBJECT = auto()
    REFERENCE = auto()
    DATE = auto()
    BODY = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A line as written; `plain` is the same in lower case without accents, character by character.

    `value` is the offset at which it goes on after its label, 0 where it has none.
    """

    text: str
    plain: str
    part: Part
    value: int = 0


_LABELS = {
    "asunto": Part.SUBJECT,
    "sumilla": Part.SUBJECT,
    "motivo": Part.SUBJECT,
    "solicito": Part.SUBJECT,
    "solicita": Part.SUBJECT,
    "ref": Part.REFERENCE,
    "referencia": Part.REFERENCE,
    "antecedente": Part.REFERENCE,
    "antecedentes": Part.REFERENCE,
    "exp": Part.REFERENCE,
    "expediente": Part.REFERENCE,
    "anexo": Part.REFERENCE,
    "a": Part.ADDRESSEE,
    "al": Part.ADDRESSEE,
    "para": Part.ADDRESSEE,
    "atencion": Part.ADDRESSEE,
    "de": Part.SENDER,
    "remite": Part.SENDER,
    "remitente": Part.SENDER,
    "fecha": Part.DATE,
    "lugar y fecha": Part.DATE,
}
_NAMES = "|".join(sorted(_LABELS, key=len, reverse=True))
# A label has a colon or what OCR makes of it; ASUNTO and REF. may do without when they stand in capitals.
_LABEL = re.compile(rf"[\W_]{{0,4}}(?P<name>{_NAMES})\b(?P<sign> {{0,40}}(?:\.? ?[:;]|\.)[ .-]{{0,6}}| {{1,40}}| ?$)")
_MAY_LACK_COLON = frozenset(("asunto", "sumilla", "ref", "referencia", "solicito", "solicita"))
_ADDRESS = re.compile(r"[\W_]{0,4}(?:senor(?:es|a|as|ita)?|sr(?:es|a|ta)?\.|sr)\b")
_ADDRESS_END = re.compile(r"[\W_]{0,4}(?:presente|ciudad)\b")
_OPENING = re.compile(
    r"[\W_]{0,4}(?:de (?:mi|nuestra) (?:mayor |especial )?consideracion|tengo (?:el|a) |es (?:grato|propici)|me (?:dirijo|es grato)"
    r"|nos (?:dirigimos|es grato)|mediante (?:el|la) presente|por (?:medio|intermedio) d|por (?:el|la) presente|sirva la presente"
    r"|previ[oa] |con (?:especial|singular) |reciba|yo,? |que,|estimad|vist[oa]s?\b|considerando\b|hace constar que)"
)

# Some producers of PDFs leave a whole page in one line; then the labels part it.
_BREAK = re.compile(r"[\n\f]|(?<=\S) (?=(?:ASUNTO|Asunto|SUMILLA|Sumilla|REFERENCIA|Referencia|FECHA|Fecha) ?:)")
# Others put a label, its colon and its value in a line each.
_COLON_APART = re.compile(r"\n ?:\s")

_BASES = {character: unicodedata.normalize("NFD", character)[0] for character in "áàäâãéèëêíìïîóòöôõúùüûñç"} | {
    "\u00a0": " ",
    "\t": " ",
}


def lines_of(text: str) -> list[Line]:
    """The first lines of a document."""
    return list(_parted([line[:_LONGEST_LINE].strip() for line in _BREAK.split(_COLON_APART.sub(" : ", text[:HEAD]))]))


def plain(text: str) -> str:
    """Lower case without accents, character by character, so that offsets stay; ñ becomes n."""
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    lower = character.lower()
    return _BASES.get(lower, lower if len(lower) == 1 else character)


def _parted(texts: Sequence[str]) -> Iterator[Line]:
    part, lines_in_part, before = Part.TOP, 0, ""
    for text in texts:
        known = plain(text)
        label = _label(text, known)
        begun = _begun(label, known, part)
        part, lines_in_part = (begun, 1) if begun else (_goes_on(part, lines_in_part, text, before), lines_in_part + 1)
        yield Line(text, known, part, label.end() if label else 0)
        if part is Part.ADDRESSEE and _ADDRESS_END.match(known):
            part = Part.TOP
        before = text


def _label(text: str, known: str) -> re.Match[str] | None:
    label = _LABEL.match(known)
    if label is None or ":" in label["sign"] or ";" in label["sign"]:
        return label
    sure = label["name"] in _MAY_LACK_COLON and ("." in label["sign"] or text[label.start("name") : label.end("name")].isupper())
    return label if sure else None


def _begun(label: re.Match[str] | None, known: str, part: Part) -> Part | None:
    """The part that a line begins, or None where it begins nothing."""
    if part is Part.BODY:
        return None
    if label is not None:
        return _LABELS[label["name"]]
    if _ADDRESS.match(known):
        return Part.ADDRESSEE
    return Part.BODY if _OPENING.match(known) else None


def _goes_on(part: Part, lines_in_part: int, text: str, before: str) -> Part:
    """The part of a line that begins nothing: that of the line before it, or TOP again."""
    match part:
        case Part.BODY:
            return part
        case Part.ADDRESSEE:  # blank lines stand between name, post and PRESENTE
            return part if lines_in_part < _LONGEST_ADDRESS else Part.BODY
        case Part.SENDER | Part.REFERENCE if text:
            return part
        case Part.SUBJECT if text and lines_in_part < _LONGEST_SUBJECT:
            # Lower case goes on; capitals do if the line before was full, or was the label alone.
            full = len(before) >= _FULL_LINE or len(before) < _BARE_LABEL
            return part if text[0].islower() or (full and not before.endswith(".")) else Part.TOP
    return Part.TOP
