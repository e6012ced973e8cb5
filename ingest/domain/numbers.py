"""Document numbers: OFICIO N.º 0123-2025-UGEL.05-AGP, however it is written, becomes the same search terms.

People look for a document by its number all day, and full text alone finds it first in one case of ten: every letter
mentions others, and the words of a number are common ones. So three kinds of terms stand beside the words:

- `m:123-2025`, `m:oficio-123-2025`: the number is mentioned;
- `o:123-2025`, `o:oficio-123-2025`, `o:oficio-123`: it is the document's own;
- `u:ugel`, `u:5`, `u:agp`: the parts of its own number that name the unit.

A question sends all three.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.domain.spellings import joined_terms
from ingest.domain.stream_safe import without_marks

# How people write each kind; the first word is the term's.
_KINDS = {
    spelling: spellings.split()[0]
    for spellings in (
        "oficio ofic of",
        "resolucion resol res rd rdr rm rvm rde",
        "memorando memorandum memo",
        "informe inf",
        "expediente exp",
        "directiva",
        "decreto ds",
        "carta",
        "solicitud",
        "circular",
        "acta",
        "constancia",
        "certificado",
        "contrato",
        "hoja",
    )
    for spelling in spellings.split()
}
_YEAR = r"(?:19|20)\d\d"
# A number, and what is joined to it by hyphens, strokes or full stops; or "de 2025".
_WRITTEN = re.compile(
    r"(?<![\w-])0*(?P<number>[1-9]\d{0,5})\b"
    rf"(?:(?P<tail>(?: ?[-–—/.] ?\w+)+)|(?: del?)?(?: ano)? (?P<year>{_YEAR})\b)?"
)
# Its kind stands before it, with forty characters between at most, a line's end and ten more (MÚLTIPLE N.º). It is looked for
# from the number back, because words that are kinds may follow each other through a whole book.
_KIND = re.compile(rf"\b(?:{'|'.join(_KINDS)})\b")
_BETWEEN = re.compile(r"[^\d\n]{0,40}\n?[^\d\n]{0,10}")
_REACH = max(map(len, _KINDS)) + 40 + 1 + 10
# The year in two digits, where the kind is named and nothing makes it a date: Of. 001-25.
_SHORT_YEAR = re.compile(r" ?[-–—/] ?(\d\d)\b(?! ?[-–—/.] ?\d)")
_LAST_OF_2000 = "59"  # a later one is of the last century
_INITIALS = re.compile(r"\b(?:[a-z]\. ?){2,}")
_ORDINALS = str.maketrans("º°ª", "   ")
_DIGITS_MISREAD = re.compile(r"\b[oil]*\d[\doil]*\b")
_MISREAD = str.maketrans("oil", "011")
_PARTS = re.compile(r"[a-z]+|\d+")


class Number(NamedTuple):
    """A number as mentioned; `kind`, `year` and `unit` are empty where they are not written."""

    kind: str
    number: str
    year: str
    unit: tuple[str, ...]

    @property
    def dated(self) -> str:
        """`123-2025`."""
        return f"{self.number}-{self.year}"


def numbers(text: str) -> Iterator[Number]:
    """The numbers in a text, in order, those without a year too."""
    plain, before = _plain(text), 0
    for found in _WRITTEN.finditer(plain):
        kind, number, year = _kind(plain, before, found.start()), found["number"], found["year"] or ""
        before = found.end()
        parts = _parts(found["tail"] or "")
        if re.fullmatch(_YEAR, number) and parts and parts[0].isdigit():
            number, parts = parts[0], [number, *parts[1:]]  # Expediente 2025-00123
        short = _SHORT_YEAR.match(found["tail"] or "") if kind else None
        if short and not year:
            year, parts = ("20" if short[1] <= _LAST_OF_2000 else "19") + short[1], parts[1:]
        if parts and parts[0].isdigit() and not re.fullmatch(_YEAR, parts[0]):
            continue  # 12-03-2025 is a date, 1.200 an amount
        year = year or next((part for part in parts if re.fullmatch(_YEAR, part)), "")
        yield Number(kind, number, year, tuple(part for part in parts if part != year))


def _kind(plain: str, start: int, end: int) -> str:
    """The first kind in `plain[start:end]` that a number at `end` may belong to; "" where there is none."""
    near = _KIND.finditer(plain, max(start, end - _REACH), end)
    kinds = (found for found in near if _BETWEEN.fullmatch(plain, found.end(), end))
    found = next(kinds, None)
    return _KINDS[found[0]] if found else ""


def _parts(text: str) -> list[str]:
    """Letters and digits apart, without leading zeros: `UGEL05` and `UGEL.5` are the same unit."""
    return [part.lstrip("0") or part for part in _PARTS.findall(text)]


def mention_terms(text: str) -> set[str]:
    """The terms of a passage: every number with a year that it mentions."""
    return {term for number in numbers(text) if number.year for term in _dated_terms("m", number)}


def own_terms(document_type: str, document_number: str, beginning: str) -> set[str]:
    """The terms of a document's own number, as its description has it; `beginning` is the text that shows it in full."""
    own = next(numbers(document_number), None)
    if own is None:
        return set()
    kind = _KINDS.get(next(iter(_parts(_plain(document_type))), ""), own.kind)  # oficio_multiple is an oficio
    shown = (number for number in numbers(beginning) if (number.number, number.year) == (own.number, own.year))
    unit = own.unit or next((number.unit for number in shown if number.unit), ())
    return _own(own._replace(kind=kind)) | {f"u:{part}" for part in unit}


def terms_of_passages(passages: Sequence[str], document_type: str, document_number: str) -> list[set[str]]:
    """The terms of each of a document's passages, joined words too; the first one's are the document's own too."""
    own = own_terms(document_type, document_number, passages[0]) if passages else set()
    said = (mention_terms(passage) | joined_terms(passage) for passage in passages)
    return [terms | (own if place == 0 else set()) for place, terms in enumerate(said)]


def question_terms(question: str) -> set[str]:
    """The terms that find what the question names by its number; none where it names none."""
    asked = list(numbers(question))
    terms = {term for number in asked for term in _own(number)}
    terms |= mention_terms(question)
    if not terms:
        return set()
    numerals = {part for number in asked if number.kind or number.year for part in (number.number, number.year)}
    return terms | {f"u:{part}" for part in _parts(_plain(question)) if part not in numerals and part not in _KINDS}


def _own(number: Number) -> set[str]:
    terms = _dated_terms("o", number) if number.year else set()
    return terms | ({f"o:{number.kind}-{number.number}"} if number.kind else set())


def _dated_terms(prefix: str, number: Number) -> set[str]:
    terms = {f"{prefix}:{number.dated}"}
    return terms | ({f"{prefix}:{number.kind}-{number.dated}"} if number.kind else set())


def _plain(text: str) -> str:
    """Lower case without accents, initials joined (R.D. is rd), and digits that OCR took for letters put right."""
    plain = without_marks(text.lower().translate(_ORDINALS))
    plain = _INITIALS.sub(lambda found: found[0].replace(".", "").replace(" ", "") + " ", plain)
    return _DIGITS_MISREAD.sub(lambda found: found[0].translate(_MISREAD), re.sub(r"[^\S\n]+", " ", plain))
