"""Whether two texts are one letter: scanned twice, read otherwise, with a stamp on it; and not two of one template.

Bands of MinHash (Broder 1997; one permutation, Li, Owen and Zhang 2012; empty bins filled from the next, Shrivastava and Li 2014)
find texts that share much. Two letters of a template share as much as two scans of one, so what differs decides: a scan has
other letters in a word, a template other words and figures.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from zlib import crc32

from ingest.domain.stream_safe import without_marks

COMPARED = 20_000  # characters of a text that are looked at
_SHINGLE = 5  # characters: at 4 % misread ones, four in five stay
_FEWEST = 150  # letters; of less text nothing is said
# A pair that shares half of its shingles meets in one of 32 bands of 3 with 98 %, one that shares a tenth with 3 %.
_BANDS, _ROWS = 32, 3
LEAST = 0.4  # shared shingles (tests/bench/references.py): scans with 4 % misread have .6, letters of other words .3 at most
_ALIGNED_WORDS = 1_500
_OTHER_WORD = 0.4  # of the letters that two readings of a word share
_MOST_FIGURES = 3  # that may differ where the letters bear the same number
_CONFUSED = str.maketrans("oil|szbgq", "011152899")


def bands(text: str) -> list[int]:
    """The bands of a text, of which near duplicates share one at least; none of a short text."""
    minima: list[int | None] = [None] * (_BANDS * _ROWS)
    letters = _letters(text)
    if len(letters) < _FEWEST:
        return []
    for shingle in _shingles(letters):
        value, place = divmod(crc32(shingle.encode()), len(minima))
        least = minima[place]
        if least is None or value < least:
            minima[place] = value
    filled = [_next_filled(minima, place) for place in range(len(minima))]
    rows = (filled[start : start + _ROWS] for start in range(0, len(filled), _ROWS))
    return [crc32(f"{place}:{row}".encode()) - (1 << 31) for place, row in enumerate(rows)]


def _next_filled(minima: Sequence[int | None], place: int) -> tuple[int, int | None]:
    for steps in range(len(minima)):
        value = minima[(place + steps) % len(minima)]
        if value is not None:
            return steps, value
    return 0, None


def likeness(one: str, other: str, *, same_number: bool) -> float:
    """How much of two texts' shingles is shared, where they may be one letter; 0 where they are two.

    `same_number`: whether both bear the same number, so that figures which differ were misread.
    """
    shared = shared_shingles(one, other)
    if shared < LEAST or _say_other_things(_words(one), _words(other), same_number=same_number):
        return 0.0
    return round(shared, 4)


def shared_shingles(one: str, other: str) -> float:
    """Which share of their shingles two texts have in common (Jaccard); 0 of texts too short to tell."""
    left, right = _letters(one), _letters(other)
    if min(len(left), len(right)) < _FEWEST:
        return 0.0
    first, second = _shingles(left), _shingles(right)
    return len(first & second) / len(first | second)


def _say_other_things(one: Sequence[str], other: Sequence[str], *, same_number: bool) -> bool:
    """Whether words or figures of one stand where others stand in the other; what is only added (a stamp) is nothing."""
    figures = words = 0
    for what, start, end, begin, stop in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what != "replace":
            continue
        few, many = sorted((one[start:end], other[begin:stop]), key=len)
        together = "".join(many)
        for word in few:
            if any(map(str.isdigit, word)) or _figures(word).isdigit():
                figures += _figures(word) not in _figures(together)
            elif len(word) > 3:
                words += not _is_read_in(word, [*many, together])
    return words > len(one) // 100 or figures > (_MOST_FIGURES if same_number else 0)


def _is_read_in(word: str, readings: Sequence[str]) -> bool:
    folded = word.translate(_CONFUSED)
    for reading in readings[:12]:
        matched = SequenceMatcher(None, folded, reading.translate(_CONFUSED), autojunk=False).get_matching_blocks()
        if sum(block.size for block in matched if block.size > 1 or len(word) < 6) > _OTHER_WORD * len(word):
            return True
    return False


def _figures(word: str) -> str:
    return word.translate(_CONFUSED).lstrip("0")


def _shingles(letters: str) -> set[str]:
    return {letters[place : place + _SHINGLE] for place in range(len(letters) - _SHINGLE + 1)}


def _letters(text: str) -> str:
    return "".join(_words(text)).translate(_CONFUSED)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9|]+", without_marks(text[:COMPARED].lower()))[:_ALIGNED_WORDS]
