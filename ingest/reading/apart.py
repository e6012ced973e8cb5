"""Letters set apart: `R E S O L U C I Ó N`, by spaces or by the font's spacing, and accents drawn beside their letters."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from ingest.domain.pages import Word
from ingest.domain.stream_safe import normalized
from ingest.reading.lexicon import frequency_without_accents

_MIN_LETTERS = 4
_WIDER = 1.6  # times the gap between letters; one between words has the space's width and one gap more
_KNOWN_WORD = 4  # letters; shorter ones come about by chance among the grades of a table
# A name that no list has: as many letters, of which as many differ; a row of grades has A to D.
_LONG_WORD, _DIFFERENT = 8, 6
_MOST_GAP = 2.5  # times a letter's width; columns of a table are further apart
_SMALL_WORDS = frozenset(("de", "la", "el", "los", "las", "del", "en", "y", "por", "con", "al"))
_LONGEST_TITLE, _LONGEST_WORD = 80, 25  # letters
_NUMBER = re.compile(r"N[\Wºo]{0,3}\d{1,7}(?:[-/.]\w+)*|\d{1,7}[-/](?:19|20)\d\d(?:[-/.]\w+)*")

_MARKS = {"´": "\u0301", "¨": "\u0308", "˜": "\u0303", "ˆ": "\u0302", "~": "\u0303"}
_MARK = re.compile(f"[{''.join(_MARKS)}]")  # asked first: a page without any is looked through in no time
_TAKES = {"´": "aeiouAEIOU", "¨": "aeiouAEIOU", "ˆ": "aeiouAEIOU", "˜": "nNaoAO", "~": "nN"}
# TeX draws the accent first, and without the dot of the i; others draw it behind.
_BEFORE = re.compile("|".join(rf"{mark}[{letters}]" for mark, letters in _TAKES.items() if mark != "~") + r"|(?<=[^\W\d_])~[nN]")
_BEHIND = re.compile(r"([aeiouAEIOU])´(?=[b-df-hj-np-tv-zB-DF-HJ-NP-TV-Z])")
_INSIDE = re.compile(rf"[^\W\d_](?:{_BEFORE.pattern})|{_BEHIND.pattern}")
_DOTLESS = re.compile("(?<=[´¨ˆ])ı")
_NAME = re.compile(r"(?<![^\W\d_])[A-Z]´[A-Z][a-zà-ÿ]")  # O´Higgins, D´Angelo


def accenting_of(text: str) -> Callable[[str], str]:
    """What puts the page's accents on their letters; where none stands within a word they may be quotation marks, and stay."""
    if not _MARK.search(text) or not _INSIDE.search(_NAME.sub("", _DOTLESS.sub("i", text))):
        return str
    return _with_accents


def _with_accents(text: str) -> str:
    parts = re.split(f"({_NAME.pattern})", _DOTLESS.sub("i", text))
    parts[::2] = [_BEHIND.sub("\\1\u0301", _BEFORE.sub(_composed, part)) for part in parts[::2]]
    return normalized("NFC", "".join(parts))


def _composed(found: re.Match[str]) -> str:
    return found[0][1] + _MARKS[found[0][0]]


def joined_letters(text: str, words: Sequence[Word]) -> tuple[str, tuple[Word, ...]]:
    """Text and words with letters that were set apart joined to words; told by the gaps between their boxes."""
    kept: list[Word] = []
    parts, at = [], 0
    for run in _runs(words):
        whole = list(_joined(run)) if len(run) >= _MIN_LETTERS else []
        found = _pattern(run).search(text, at) if whole and _are_words(whole) else None
        if found is None:
            kept += run
            continue
        parts += [text[at : found.start()], " ".join(word.text for word in whole)]
        at = found.end()
        kept += whole
    return ("".join([*parts, text[at:]]), tuple(kept)) if parts else (text, tuple(words))


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words in order, those of one character that follow each other on a line together."""
    run: list[Word] = []
    for word in words:
        if run and not (len(word.text) == len(run[-1].text) == 1 and _follows(run[-1], word)):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _follows(one: Word, other: Word) -> bool:
    middle = (other.top + other.bottom) / 2
    width = max(one.right - one.left, other.right - other.left)
    return one.top <= middle <= one.bottom and one.left <= other.left and other.left - one.right <= 2 * _MOST_GAP * width


def _joined(run: Sequence[Word]) -> Iterator[Word]:
    gaps = [after.left - before.right for before, after in pairwise(run)]
    usual = sorted(gaps)[len(gaps) // 3]
    start = 0
    for at in range(1, len(run) + 1):
        if at == len(run) or gaps[at - 1] > max(usual * _WIDER, 0.001):
            for length in _lengths("".join(word.text for word in run[start:at])):
                part = run[start : start + length]
                letters = "".join(word.text for word in part)
                yield Word(letters, part[0].left, min(w.top for w in part), part[-1].right, max(w.bottom for w in part))
                start += length


def _lengths(letters: str) -> list[int]:
    """How long the words are that these letters make, as few as can be, where no wider gap parts them; else one word."""
    plain = letters.lower()
    if not plain.isalpha() or len(plain) > _LONGEST_TITLE or frequency_without_accents(plain):
        return [len(plain)]
    fewest: list[list[int] | None] = [[]]
    for end in range(1, len(plain) + 1):
        ways = [
            [*before, end - start]
            for start in range(max(0, end - _LONGEST_WORD), end)
            if (before := fewest[start]) is not None and _may_stand(plain[start:end])
        ]
        fewest.append(min(ways, key=len, default=None))
    return fewest[-1] or [len(plain)]


def _may_stand(word: str) -> bool:
    return word in _SMALL_WORDS or (len(word) >= _KNOWN_WORD and bool(frequency_without_accents(word)))


def _are_words(words: Sequence[Word]) -> bool:
    return any(_is_word(word.text) for word in words) or bool(_NUMBER.fullmatch("".join(word.text for word in words)))


def _is_word(text: str) -> bool:
    letters = re.sub(r"\W", "", text).lower()
    if not letters.isalpha():
        return False
    known = len(letters) >= _KNOWN_WORD and bool(frequency_without_accents(letters))
    return known or (len(letters) >= _LONG_WORD and len(set(letters)) >= _DIFFERENT)


def _pattern(run: Sequence[Word]) -> re.Pattern[str]:
    # MuPDF puts letters that stand far apart in a line each.
    return re.compile(r"\s*".join(re.escape(word.text) for word in run))
