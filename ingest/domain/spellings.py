"""Words that people part or join as they like: 987 654 321, 18,450.00, ABC-123, UGEL 05, S.A.C., 12/03/2025.

Beside the words that signs and spaces part, a text and a question give the same terms:

- `987654321`, `abc123`, `ugel5`, `sac`: the parts as one word, which another text may hold as such;
- `a:18450.50`: an amount with its cents; `d:2025-3-12`: a day.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.domain.stream_safe import without_marks

# Letters and digits parted by single signs, one of them a number: ABC-123, 20-12345678-9, UGEL.05-AGP.
_PART = "[a-zñ0-9]{1,16}"
_MOST_PARTS = 6
_RUN = re.compile(rf"(?<![a-zñ0-9]){_PART}(?:[-./]{_PART}){{1,{_MOST_PARTS - 1}}}(?![a-zñ0-9])")
# Digits in groups of three or four, as amounts and telephones are written; the first may be shorter.
_GROUPS = re.compile(r"(?<![\w.,])[0-9]{1,4}(?:[ .,'’][0-9]{3,4})+(?![0-9])")
_MOST_GROUPS = 4  # that are taken for one number; a table's row has more
# A short name and its number, with a space: UGEL 05, IE 7035.
_NAMED = re.compile(r"(?<![a-zñ0-9])([a-zñ]{2,6}) ([0-9]{1,8})(?![\w])")
_NO_NAMES = frozenset(("de", "del", "la", "las", "el", "los", "al", "en", "con", "por", "para", "no", "nro", "num", "art", "pag"))
_UNPARTED = re.compile(r"(?<![a-zñ0-9])([a-zñ]{1,8})(0+)([1-9][0-9]{0,8})(?![a-zñ0-9])")
_INITIALS = re.compile(r"(?<![a-zñ0-9])(?:[a-z](?:\.[a-z]){1,7}(?![a-zñ0-9])|[a-z]\.(?: ?[a-z]\.){1,7})")
_AMOUNT = re.compile(r"(?<![\w.,])([0-9]{1,3}(?:[ .,'’][0-9]{3}){1,4}|[0-9]{1,12})[.,]([0-9][0-9])(?![\w]|[.,][0-9])")

_MONTHS = ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre")
_MONTH = {name: number for number, name in enumerate((*_MONTHS, "diciembre"), start=1)} | {"setiembre": 9}
_DAY = re.compile(
    r"(?<![\w/.-])(?:(?P<day>[0-9]{1,2})(?P<sign>[-/.])(?P<month>[0-9]{1,2})(?P=sign)(?P<year>(?:19|20)?[0-9][0-9])"
    r"|(?P<iso_year>(?:19|20)[0-9][0-9])-(?P<iso_month>[0-9][0-9])-(?P<iso_day>[0-9][0-9])"
    rf"|(?P<said_day>[0-9]{{1,2}}) de (?P<name>{'|'.join(_MONTH)}) del? (?P<said_year>(?:19|20)[0-9][0-9]))(?![\w/]|[-.][0-9])"
)


def joined_terms(text: str) -> set[str]:
    """The terms of what the text parts or joins in one of several ways; none of plain words and numbers."""
    plain = _plain(text)
    terms = {_unpadded(word) for word in _joined(plain)} | set(_amounts(plain)) | set(_days(plain))
    return terms - {""}


def _joined(plain: str) -> Iterator[str]:
    for found in _RUN.finditer(_DAY.sub(" ", _AMOUNT.sub(" ", plain))):
        yield from _parts_joined(re.split("[-./]", found[0]))
    for found in _GROUPS.finditer(plain):
        yield from _grouped(re.split("[ .,'’]", found[0]))
    for found in _NAMED.finditer(plain):
        if found[1] not in _NO_NAMES:
            yield found[1] + found[2]
            yield found[1] + _unpadded(found[2])
    for found in _UNPARTED.finditer(plain):
        yield found[1] + found[3]
    for found in _INITIALS.finditer(plain):
        yield "".join(filter(str.isalpha, found[0]))


def _parts_joined(parts: Sequence[str]) -> Iterator[str]:
    """All, and neighbours of which one names the other; words alone are none of ours."""
    if any(map(str.isdigit, "".join(parts))):
        yield "".join(parts)
    for first, second in pairwise(parts):
        if first.isalpha() and second.isdigit():
            yield first + second
            yield first + _unpadded(second)


def _grouped(groups: Sequence[str]) -> Iterator[str]:
    """Up to four neighbours as one number."""
    for start in range(len(groups)):
        for end in range(start + 2, min(start + _MOST_GROUPS, len(groups)) + 1):
            yield "".join(groups[start:end])


def _amounts(plain: str) -> Iterator[str]:
    for found in _AMOUNT.finditer(plain):
        yield f"a:{_unpadded(''.join(filter(str.isdigit, found[1])))}.{found[2]}"


def _days(plain: str) -> Iterator[str]:
    for found in _DAY.finditer(plain):
        year = found["year"] or found["iso_year"] or found["said_year"]
        month = int(found["month"] or found["iso_month"] or _MONTH[found["name"]])
        day = int(found["day"] or found["iso_day"] or found["said_day"])
        if 1 <= day <= 31 and 1 <= month <= 12:
            yield f"d:{year if len(year) == 4 else f'20{year}'}-{month}-{day}"


def _unpadded(word: str) -> str:
    """Without leading zeros, as folding has it; all zeros stay one."""
    return word.lstrip("0") or word[:1]


def _plain(text: str) -> str:
    """Lower case without accents, ñ kept; any white space one space."""
    kept = without_marks(text.lower().replace("ñ", "\0")).replace("\0", "ñ")
    return re.sub(r"\s+", " ", kept)
