"""The first lines of an office letter, each with the part it belongs to: what a person sees by the layout; and its last ones.

Only the beginning and the end are looked at and every pattern runs over one short line: the text is hostile until read.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ingest.describing.labels import Label, Part, label_of

HEAD = 6_000  # characters looked at; a letter names itself, its date and its subject on its first page
TAIL = 2_500  # characters; who signs stands at the end, with copies and annexes
_LONGEST_LINE = 400
_LONGEST_ADDRESS = 8  # lines of name, post and office
_LONGEST_SUBJECT = 5  # lines
_FULL_LINE = 45  # characters after which a subject is likely to run on in the next line


class Place(Enum):
    """Whether a line stands in the beginning or in the end of a longer text."""

    HEAD = auto()
    TAIL = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A line as written; `plain` is the same in lower case without accents, character by character.

    `value` is the offset at which it goes on after its label, 0 where it has none; `start` is its own in the text.
    """

    text: str
    plain: str
    part: Part
    value: int = 0
    start: int = 0
    place: Place = Place.HEAD


_ADDRESS = re.compile(r"[\W_]{0,4}(?:senor(?:es|a|as|ita)?\b|sr(?:es|as?|ta)?(?:\.|\b))")
_ADDRESS_END = re.compile(r"[\W_]{0,4}(?:presente|ciudad)\b")
_OPENING = re.compile(
    r"[\W_]{0,4}(?:de (?:mi|nuestra) (?:mayor |especial )?con[a-z0-9]|tengo (?:el|a) |es (?:grato|propici)|me (?:dirijo|es grato)"
    r"|nos (?:dirigimos|es grato)|mediante (?:el|la) presente|por (?:medio|intermedio) d|por (?:el|la) presente|sirva la presente"
    r"|previ[oa] |con (?:especial|singular) |reciba|yo,? |que,|estimad|vist[oa]s?\b|considerando\b|hace constar que)"
)

_PETITION = re.compile(r"\bidentificad[oa]s? con\b|\bante (?:usted|ud)\b")

# Some producers of PDFs leave a whole page in one line; then the labels part it.
_BREAK = re.compile(r"[\n\f]|(?<=\S) (?=(?:ASUNTO|Asunto|SUMILLA|Sumilla|REFERENCIA|Referencia|FECHA|Fecha) ?:)")
# Others put a label, its colon and its value in a line each. As many characters are put in their place.
_COLON_APART = re.compile(r"\n( ?)([:;])\s")

_BASES = {character: unicodedata.normalize("NFD", character)[0] for character in "áàäâãéèëêíìïîóòöôõúùüûñç"} | {
    "\u00a0": " ",
    "\t": " ",
}


def lines_of(text: str) -> list[Line]:
    """The first lines of a document."""
    return list(_parted(_cut(_COLON_APART.sub(r" \1\2 ", text[:HEAD]), 0)))


def last_lines_of(text: str) -> list[Line]:
    """The last lines of a document, those that are among its first too."""
    start = max(0, len(text) - TAIL)
    place = Place.HEAD if len(text) <= HEAD else Place.TAIL
    cut = _cut(text[start:], start)
    return [Line(line, plain(line), Part.BODY, start=at, place=place) for line, at in cut]


def lines_within(text: str, stretches: Sequence[tuple[int, int]]) -> list[Line]:
    """The lines of these stretches, as parts of no letter."""
    cut = [one for start, end in stretches for one in _cut(text[start:end], start)]
    return [Line(line, plain(line), Part.BODY, start=at) for line, at in cut]


def plain(text: str) -> str:
    """Lower case without accents, character by character, so that offsets stay; ñ becomes n."""
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    lower = character.lower()
    return _BASES.get(lower, lower if len(lower) == 1 else character)


def _cut(text: str, offset: int) -> list[tuple[str, int]]:
    """The lines, each with its offset in the document."""
    found = []
    for line in _BREAK.split(text):
        shown = line.lstrip()
        found.append((shown[:_LONGEST_LINE].rstrip(), offset + len(line) - len(shown)))
        offset += len(line) + 1
    return found


def _parted(cut: Sequence[tuple[str, int]]) -> Iterator[Line]:
    part, lines_in_part, before, bare = Part.TOP, 0, "", False
    for text, start in cut:
        known = plain(text)
        label = label_of(text, known)
        begun = _begun(label, known, part)
        part, lines_in_part = (
            (begun, 1) if begun else (_goes_on(part, lines_in_part, text, before, bare=bare), lines_in_part + bool(text))
        )
        yield Line(text, known, part, label.end if label else 0, start)
        if part is Part.ADDRESSEE and _ADDRESS_END.match(known):
            part = Part.TOP
        if text or not bare:  # a blank line may stand between a label and its value
            before, bare = text, label is not None and not text[label.end :].strip()


def _begun(label: Label | None, known: str, part: Part) -> Part | None:
    """The part that a line begins, or None where it begins nothing."""
    if part is Part.BODY:
        return None
    if label is not None:
        return label.part
    if _ADDRESS.match(known) and not _PETITION.search(known):
        return Part.ADDRESSEE
    return Part.BODY if _OPENING.match(known) or _PETITION.search(known) else None


def _goes_on(part: Part, lines_in_part: int, text: str, before: str, *, bare: bool) -> Part:
    """The part of a line that begins nothing: that of the line before it, or TOP again."""
    match part:
        case Part.BODY:
            return part
        case Part.ADDRESSEE:  # blank lines stand between name, post and PRESENTE
            return part if lines_in_part < _LONGEST_ADDRESS else Part.BODY
        case Part.SENDER | Part.REFERENCE | Part.DATE if bare or (text and part is not Part.DATE):
            return part
        case Part.SUBJECT if bare and not text:
            return part
        case Part.SUBJECT if text and lines_in_part < _LONGEST_SUBJECT:
            # Lower case goes on; capitals do if the line before was full, or was the label alone.
            full = len(before) >= _FULL_LINE or bare
            return part if text[0].islower() or (full and not before.endswith(".")) else Part.TOP
    return Part.TOP
