"""Where the marked words of a passage stand on their page: their boxes, and the line to be looked at.

A passage is cleaned text, a page's words are as they were read. Letters and digits are the same in both, so those are compared:
a mark is looked for with as much as possible of what stands around it, on from where the last one was found.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from ingest.db.page_words import PageWords
from ingest.domain.crops import Crop
from ingest.domain.pages import Word
from ingest.domain.placement import Box
from ingest.search.snippet import Mark

_AROUND = (80, 24, 10, 4)  # letters on either side that are compared, the most first
MOST_BOXES = 50  # of a hit
_BAND = 0.15  # of the page's height: two or three lines
_ROOM = 0.006  # of the page, above and below a line
_BESIDE = 0.012  # and at its ends


class Found(NamedTuple):
    """The boxes of the marked words, and the part of the page around the first of them."""

    boxes: list[Box]
    line: Crop | None


NOWHERE = Found([], None)


def where(text: str, marks: Sequence[Mark], page: "LetteredPage") -> Found:
    """Where the marked words of a passage stand on this page; nowhere for those that stand on another."""
    boxes: list[Box] = []
    at = 0
    for mark in marks:
        place = page.find(text, *_token(text, mark), after=at)
        if place is None:
            continue
        at = place[1]
        boxes += [box for box in page.boxes(*place) if box not in boxes]
    boxes = boxes[:MOST_BOXES]
    return Found(boxes, _line(boxes, page.on)) if boxes else NOWHERE


def _token(text: str, mark: Mark) -> tuple[int, int]:
    """The mark with the letters joined to it: a mark of half a word boxes the whole."""
    start, end = mark.start, mark.end
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end


class LetteredPage:
    """The letters and digits of a page's words in a row, and which word each is of: made once for all that is looked for."""

    def __init__(self, on: PageWords) -> None:
        self.on = on
        self._words = on.words
        self._starts: list[int] = []
        pieces: list[str] = []
        length = 0
        for word in on.words:
            piece = _letters(word.text)
            self._starts.append(length)
            pieces.append(piece)
            length += len(piece)
        self._row = "".join(pieces)

    def find(self, text: str, start: int, end: int, *, after: int) -> tuple[int, int] | None:
        """The place in the row of `text[start:end]`, by as much around it as agrees; from `after` on, else anywhere."""
        said = _letters(text[start:end])
        if not said:
            return None
        before, behind = _letters(text[max(0, start - 160) : start]), _letters(text[end : end + 160])
        for around in _AROUND:
            left, right = before[-around:], behind[:around]
            for one_left, one_right in ((left, right), ("", right), (left, "")):
                if (one_left or one_right) and (place := self._place(one_left + said + one_right, after)) >= 0:
                    return place + len(one_left), place + len(one_left) + len(said)
        place = self._place(said, after)
        # Without anything around it, only a whole word is the one that is meant.
        return (place, place + len(said)) if place >= 0 and place in self._starts else None

    def _place(self, wanted: str, after: int) -> int:
        place = self._row.find(wanted, after)
        return place if place >= 0 else self._row.find(wanted)

    def boxes(self, start: int, end: int) -> list[Box]:
        """The boxes of the words that hold these letters: two where a line's end parts one."""
        first, last = bisect_right(self._starts, start) - 1, bisect_right(self._starts, end - 1) - 1
        return [_box(self._words[place]) for place in range(first, last + 1) if _letters(self._words[place].text)]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _line(boxes: Sequence[Box], page: PageWords) -> Crop:
    """The band of lines from the first box on, as wide as what is written in it; of a page that lies on its side, the column."""
    sideways = page.orientation in (90, 270)
    turn = _swapped if sideways else _same
    lying = [turn(box) for box in boxes]
    top, bottom = lying[0][1], lying[0][3]
    for box in lying[1:]:
        if max(bottom, box[3]) - min(top, box[1]) <= _BAND:
            top, bottom = min(top, box[1]), max(bottom, box[3])
    written = [turn(_box(word)) for word in page.words]
    inside = [box for box in written if top <= (box[1] + box[3]) / 2 <= bottom] or lying[:1]
    left, right = min(box[0] for box in inside), max(box[2] for box in inside)
    return Crop.around(turn((left - _BESIDE, top - _ROOM, right + _BESIDE, bottom + _ROOM)))


def _box(word: Word) -> Box:
    return (word.left, word.top, word.right, word.bottom)


def _same(box: Box) -> Box:
    return box


def _swapped(box: Box) -> Box:
    return (box[1], box[0], box[3], box[2])
