"""Clean: what the pages say, without what typesetting, encodings and OCR left in it."""

import re
from collections.abc import Callable, Sequence, Set

from ingest.domain.pages import CleanText, Page
from ingest.domain.stream_safe import normalized, without_marks
from ingest.pipeline.work import Work
from ingest.reading.lexicon import frequency, frequency_without_accents
from ingest.reading.running_heads import without_repeats

PAGE_BREAK = "\f"

# Characters that say the same as others. NFKC would do it too, and would also turn 1.º into 1.o.
_SAME = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
    "\u2010": "-",
    "\u2011": "-",
    "\r\n": "\n",
    "\r": "\n",
    "\v": "\n",
    "\f": "\n",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
    "\t": " ",
}
_TO_SAME = re.compile("|".join(sorted(map(re.escape, _SAME), key=len, reverse=True)))
_OTHER_SPACE = re.compile(r"[^\S\n ]")
# Controls, zero-width and direction marks, lone surrogates. Joiners stay: some scripts need them.
_NOISE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")
_SOFT_BREAK = re.compile("\u00ad *\n *(?=\\w)")
# "N.?", "N.*", "N.?*", "N.°", "N°" before a number: Tesseract's readings, and typists' ways, of the ordinal sign. Without the
# full stop, N*12 may be a product and N?1 a question.
_NUMBER_SIGN = re.compile(r"\b(?:([Nn])(?:\. ?[?°º*'\"‘’“”^]{1,3}|[°º][?*]?)(?= ?\d)|(N)[?*]{1,2}(?= ?\d{2,7}\s?[-–/]\s?\d))")
_ORDINAL = re.compile(r"(?<=\d)\.°")
_LINE_EDGE = re.compile(r" *\n *")
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r" {2,}")
# A word's first part, its break, and a look at what follows. From a word's beginning on and without going back: a line of a
# million letters would else be looked at from each of them.
_BREAK = re.compile(r"(?<![^\W\d_])([^\W\d_]++)-\n(?=([^\W\d_]++))")
_BROKEN_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?:-\n[^\W\d_]++)+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_ACCENT = re.compile("[áéíóúÁÉÍÓÚ]")
# What hardly is a word by itself and ends those that no list has: FISCALIZA-CIÓN.
_ENDING = re.compile(
    "[a-z]{0,4}(?:[cs]ion(?:es)?|mientos?|dad(?:es)?|mente|[tv]iv[oa]s?|[nt](?:ari|ori)[oa]s?|(?:[nrt]|ri)al(?:es)?|d[oa]r(?:[ea]s)?)"
)
_LONGEST_WORD = 40


def run(work: Work) -> None:
    """Make `work.clean` of `work.pages`, which nobody needs any more: those of a thousand pages fill 25 MB."""
    pages, work.pages = work.pages, []
    work.clean = cleaned(pages)


def cleaned(pages: Sequence[Page]) -> CleanText:
    """The text of the document, pages parted by form feeds; a page without text stays as an empty one."""
    texts = with_words_joined([normalised(text) for text in without_repeats(pages)])
    starts, offset = [], 0
    for text in texts:
        starts.append(offset)
        offset += len(text) + len(PAGE_BREAK)
    return CleanText(PAGE_BREAK.join(texts), tuple(starts))


def normalised(text: str) -> str:
    """One spelling for what looks the same: NFC, plain spaces and hyphens, no ligatures, no controls, `N.º`."""
    text = _TO_SAME.sub(lambda found: _SAME[found[0]], text)
    text = _OTHER_SPACE.sub(" ", text)
    text = _SOFT_BREAK.sub("", text).replace("\u00ad", "")
    text = normalized("NFC", _NOISE.sub("", text))
    text = _SPACES.sub(" ", text)
    text = _BLANK_LINES.sub("\n\n", _LINE_EDGE.sub("\n", text)).strip()
    return _ORDINAL.sub(".º", _NUMBER_SIGN.sub(lambda found: f"{found[1] or found[2]}.º", text))


def with_words_joined(texts: Sequence[str]) -> list[str]:
    """The texts with words made whole that were broken at a line's end, and true compounds left as such."""
    known = {word.lower() for text in texts for word in _WORD.findall(_BROKEN_WORD.sub(" ", text))}
    join = _joiner(known)
    return [_BREAK.sub(join, _BROKEN_WORD.sub(lambda found: _capitals(found[0], known), text)) for text in texts]


def _capitals(broken: str, known: Set[str]) -> str:
    """A word in capitals made whole where that is known to be one: RESOLU-CIÓN, but not UGEL-LIMA."""
    if not broken.isupper():
        return broken
    whole = broken.replace("-\n", "")
    word, (first, _, last) = whole.lower(), broken.lower().rpartition("-\n")
    is_end = bool(_ENDING.fullmatch(without_marks(last))) and last not in known and not (frequency(last) and frequency(first))
    is_word = word in known or is_end or (len(whole) <= _LONGEST_WORD and bool(frequency_without_accents(word)))
    return whole if is_word and broken.replace("-\n", "-").lower() not in known else broken


def _joiner(known: set[str]) -> Callable[[re.Match[str]], str]:
    """What to put for a word's first part and its break, judged by the words that the document shows unbroken."""

    def join(broken: re.Match[str]) -> str:
        left, right = broken[1], broken[2]
        # Capitals have been looked at; RESOLUCIÓN-\nes and A-\nb may be anything.
        if not (left[-1].islower() and right[0].islower()):
            return broken[0]
        whole, compound = left + right, f"{left}-{right}"
        if whole.lower() in known:
            return left
        is_compound = compound.lower() in known or _is_compound(left.lower(), right.lower(), known)
        return f"{left}-" if is_compound else left

    return join


def _is_compound(left: str, right: str, known: set[str]) -> bool:
    """Whether both halves are words: político-económico, franco-alemán.

    A Spanish word has one written accent at most; and the first adjective of a compound ends in -o.
    """
    if _ACCENT.search(left) and _ACCENT.search(right):
        return True
    return left.endswith("o") and left in known and right in known
