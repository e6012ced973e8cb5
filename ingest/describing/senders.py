"""Who sends a letter, who signs it, and to whom it goes."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, takewhile

from ingest.describing.labels import Part
from ingest.describing.lines import Line
from ingest.describing.persons import person, surnames_first
from ingest.domain.descriptions import Found

_MOST_RECIPIENTS = 10
_LONGEST_BODY_NAME = 90  # characters of what sends or is sent to and is no person
_PETITIONER = re.compile(r"\byo[,:]?\s{1,3}|^(?=.{5,90}, identificad[oa] con)")
_ADDRESS_OVER = re.compile(r"\bde[l]? (?:19|20)\d\d\b")  # a place and a date
_LONGEST_ADDRESS_LINE = 70
_FAREWELL = re.compile(
    r"[\W_]{0,4}(?:(?:muy )?(?:atentamente|cordialmente|respetuosamente)|att?e?\.|registrese|firmado por|es justicia)"
)
_POST = re.compile(
    r"[\W_]{0,4}(?:(?:el|la) )?(?:sub ?)?(?:direct|jef[ea]|coordinad|especialist|gerent|president|secretari|responsabl|contador|alcald"
    r"|administrad|asesor|docente|profesor|encargad|represent|tesorer|abogad|ministr|viceministr|rector|decan|titular|miembro|tecnic"
    r"|auxiliar|asistente|analista|d\.? ?n\.? ?i|c\.?a\.?l|cip|reg\.|n\.?º)"
)
_RULE = re.compile(r"[\W_]*$")
_DIGITAL = re.compile(r"firmado digitalmente por:?\s?")
_DIGITAL_END = re.compile(r"\b(?:fau|fir|hard|soft)\b", re.IGNORECASE)
_PRESENTE = re.compile(r"[\W_]{0,4}(?:presente|ciudad)\b")
_SALUTATION = re.compile(r"[\W_]{0,4}(?:senor(?:es|as?|ita)?|sr(?:es|as?|ta)?)\b[ .]{0,2}(?:\([a-z]{1,3}\))?[ .:]{0,4}")
_REACH = 9  # lines from a farewell to the name under it


def signers(text: str, last: Sequence[Line]) -> list[Found]:
    """Who signs, the surest first: the name under the farewell, above a post, or in a digital signature."""
    farewell = max((place for place, line in enumerate(last) if _FAREWELL.match(line.plain)), default=None)
    under = [] if farewell is None else list(_named(text, last[farewell + 1 : farewell + 1 + _REACH]))
    posted = [found for found, place in _with_places(text, last) if _above_post(last, place)]
    return [*under, *reversed(posted)]


def digital_signers(text: str, lines: Sequence[Line]) -> Iterator[Found]:
    """Those whose digital signature is printed in the margin."""
    for place, line in enumerate(lines):
        if found := _DIGITAL.search(line.plain):
            rest = line if line.text[found.end() :].strip() else lines[min(place + 1, len(lines) - 1)]
            start = rest.start + (found.end() if rest is line else 0)
            stop = _DIGITAL_END.search(rest.text)
            if name := surnames_first(text, start, rest.start + (stop.start() if stop else len(rest.text))):
                yield name


def sender(text: str, lines: Sequence[Line], signed: Sequence[Found]) -> Found | None:
    """Who sends it: whom DE or REMITENTE names, else the petitioner, else who signs."""
    labelled = [line for line in lines if line.part is Part.SENDER and line.text[line.value :].strip()]
    names = chain(_named(text, labelled), _petitioners(text, lines), signed)
    return next(names, None) or next(iter(map(_words, labelled)), None)


def recipients(text: str, lines: Sequence[Line]) -> list[Found]:
    """To whom it goes: people, else what stands in the address."""
    address = [line for line in lines if line.part is Part.ADDRESSEE and line.text[line.value :].strip()]
    address = list(takewhile(lambda line: not _is_beyond_address(line), address))
    people = list(_named(text, address))
    if people:
        return people[:_MOST_RECIPIENTS]
    said = [_behind_salutation(line) for line in address if not _PRESENTE.match(line.plain)]
    return [found for found in said if found.value][:1]


def _is_beyond_address(line: Line) -> bool:
    return not line.value and (len(line.text) > _LONGEST_ADDRESS_LINE or bool(_ADDRESS_OVER.search(line.plain)))


def _named(text: str, lines: Sequence[Line]) -> Iterator[Found]:
    for line in lines:
        if not line.value and ":" in line.text and not _SALUTATION.match(line.plain):
            continue  # another label than ours
        start = line.start + line.value
        if not line.value and (salutation := _SALUTATION.match(line.plain)):
            start = line.start + salutation.end()
        if found := person(text, start, line.start + len(line.text)):
            yield found


def _with_places(text: str, lines: Sequence[Line]) -> Iterator[tuple[Found, int]]:
    for place, line in enumerate(lines):
        if found := person(text, line.start, line.start + len(line.text)):
            yield found, place


def _above_post(lines: Sequence[Line], place: int) -> bool:
    """Whether a post or an identity stands under this line, and nothing else on it."""
    below = next((line for line in lines[place + 1 : place + 3] if line.text and not _RULE.match(line.text)), None)
    return below is not None and bool(_POST.match(below.plain)) and not _FAREWELL.match(lines[place].plain)


def _petitioners(text: str, lines: Sequence[Line]) -> Iterator[Found]:
    for line in lines:
        if (found := _PETITIONER.search(line.plain)) and (name := person(text, line.start + found.end(), line.start + 120)):
            yield name


def _words(line: Line) -> Found:
    """What a label names that is no person."""
    return _cut(line, line.value)


def _behind_salutation(line: Line) -> Found:
    found = None if line.value else _SALUTATION.match(line.plain)
    return _cut(line, found.end() if found else line.value)


def _cut(line: Line, at: int) -> Found:
    said = line.text[at:].strip(" .:;-–—")[:_LONGEST_BODY_NAME]
    start = line.start + at + line.text[at:].find(said) if said else 0
    return Found(" ".join(said.split()), start, start + len(said))
