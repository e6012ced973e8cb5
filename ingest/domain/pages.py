"""Pages as they were read, the text made of them, and its passages."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Vector = Sequence[float]

MARGIN = 0.125  # the outer eighth of a page's height, above and below
_MAX_EDGE_WORDS = 2000  # a newspaper's edges hold 600; a page made to keep us busy may hold a million


class Word(NamedTuple):
    """A word and its box, in fractions (0–1) of the page's width and height, origin top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one page and how it came: `layer` (text layer), `ocr` or `none` (blank).

    `confidence` is 0–1; `number` counts from 1; `orientation` is the clockwise turn, in degrees,
    that set the page upright; width and height are in points, `language` an ISO 639-3 code or "".
    `fault` is the code of the error that kept the page, or a part of it, from being read, or "".
    `edge_text` is what stands in its outer eighths, where it was asked for (see `edge_text`): all that finding running
    heads needs.
    """

    number: int
    text: str
    how: str
    confidence: float
    width: float
    height: float
    orientation: int = 0
    language: str = ""
    fault: str = ""
    words: tuple[Word, ...] = ()
    edge_text: str = ""


def edge_text(words: Iterable[Word]) -> str:
    """The words that stand in a page's outer eighths, one after another; "" where they are too many to hold a head."""
    at_edge = [word.text for word in words if word.top < MARGIN or word.bottom > 1 - MARGIN]
    return " ".join(at_edge) if len(at_edge) <= _MAX_EDGE_WORDS else ""


@dataclass(frozen=True, slots=True)
class CleanText:
    """The cleaned text of a document; `page_starts[i]` is the offset at which page i+1 starts.

    Pages are parted by a form feed, which belongs to no page.
    """

    text: str
    page_starts: tuple[int, ...]

    def page_at(self, offset: int) -> int:
        """The number (from 1) of the page that the character at `offset` stands on."""
        return max(1, bisect_right(self.page_starts, offset))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: `text` is `clean.text[start:end]`, standing on pages `first_page` to `last_page`."""

    ordinal: int
    text: str
    start: int
    end: int
    first_page: int
    last_page: int
