"""A snippet: the stretch of a passage in which most of the words stand, safe to put into a page."""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.db.index import START, STOP

LENGTH = 280  # characters; three lines of a list of hits
_BEFORE = 60  # how much of them stands before the first mark

_MARKED = re.compile(f"{START}([^{START}{STOP}]*){STOP}")
_PLURAL = re.compile(r"(?:ses|es|s)(?![^\W_])", re.IGNORECASE)  # what `singular_spanish` (migration 0004) takes off
_SPACE = re.compile(r"\s+")


class Mark(NamedTuple):
    """A marked word and its offsets in the passage."""

    word: str
    start: int
    end: int


def marks_in(headline: str) -> list[Mark]:
    """The words between START and STOP, with their offsets in the text without these."""
    found = _MARKED.finditer(headline)
    return [Mark(mark[1], at := mark.start() - 2 * number, at + len(mark[1])) for number, mark in enumerate(found)]


def with_plurals(marks: Sequence[Mark], text: str) -> list[Mark]:
    """The marks with the letters that made them plurals."""
    ends = (_PLURAL.match(text, mark.end) for mark in marks)
    return [mark._replace(end=end.end()) if end else mark for mark, end in zip(marks, ends, strict=True)]


def best_stretch(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The neighbouring marks, within one snippet's length, that show most different words; the first of equals."""
    best, shown = slice(0, 0), (0, 0)
    words: Counter[str] = Counter()
    end = 0
    for first, mark in enumerate(marks):
        while end < len(marks) and marks[end].end <= mark.start + LENGTH - _BEFORE:
            words[marks[end].word] += 1
            end += 1
        if (len(words), end - first) > shown:
            best, shown = slice(first, end), (len(words), end - first)
        if end == first:  # longer than a snippet
            end += 1
            continue
        words[mark.word] -= 1
        if not words[mark.word]:
            del words[mark.word]
    return marks[best]


def stretches(marks: Sequence[Mark]) -> Iterator[Sequence[Mark]]:
    """All marks, in order, in stretches that fit into one snippet each."""
    start = 0
    for end in range(1, len(marks) + 1):
        if end == len(marks) or marks[end].end > marks[start].start + LENGTH - _BEFORE:
            yield marks[start:end]
            start = end


def snippet(text: str, marks: Sequence[Mark]) -> str:
    """HTML: the stretch around `marks`, each in <mark>, all else escaped; the passage's beginning where there is none."""
    start = _word_start(text, marks[0].start - _BEFORE) if marks else 0
    end = _word_end(text, max(start + LENGTH, marks[-1].end if marks else 0))
    shown = "".join(_pieces(text, start, end, marks)).strip()
    return f"{'… ' if start > 0 else ''}{shown}{' …' if end < len(text.rstrip()) else ''}"


def _pieces(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[str]:
    at = start
    for mark in marks:
        yield _escaped(text[at : mark.start])
        yield f"<mark>{_escaped(text[mark.start : mark.end])}</mark>"
        at = mark.end
    yield _escaped(text[at:end])


def _escaped(text: str) -> str:
    return html.escape(_SPACE.sub(" ", text))


def _word_start(text: str, at: int) -> int:
    """The first beginning of a word at or after `at`."""
    if at <= 0:
        return 0
    space = _SPACE.search(text, at - 1)
    return space.end() if space and space.end() < at + _BEFORE else at


def _word_end(text: str, at: int) -> int:
    """The last end of a word at or before `at`."""
    if at >= len(text):
        return len(text)
    space = text.rfind(" ", at - _BEFORE, at + 1)
    return at if space < 0 else space
