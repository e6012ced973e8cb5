"""A copy of a file as a PDF whose scanned pages have their words as a text layer that is not drawn. For the parser process alone."""

import json
from collections.abc import Sequence
from typing import Any

import pymupdf

from ingest.errors import CorruptFile

_FONT = pymupdf.Font("helv")  # of every reader: nothing is embedded
_FONT_NAME = "helv"
_INVISIBLE = 3  # text rendering mode (ISO 32000-1, table 106)
_DESCENT = 0.2  # of a line's height stands below its letters' feet
_LARGEST = 200.0  # points
_TALLEST = 1.6  # times its box, which holds no room above capitals
MOST_BYTES = 16_000_000  # of a page's words: a dense page has 100 kB
# What the font's encoding (Latin-1) has not, as it is searched for.
_PLAIN = str.maketrans("“”„‘’‚–—−…•", '"""\'\',---.*')

Placed = Sequence[Any]  # a word and its box: text, left, top, right, bottom, in fractions of the page as it is shown


def words_in(stream: bytes) -> list[Placed]:
    """The words that came with a page. Raises CorruptFile."""
    try:
        return [
            (str(text), float(left), float(top), float(right), float(bottom))
            for text, left, top, right, bottom in json.loads(stream)
        ]
    except (ValueError, TypeError) as error:
        raise CorruptFile("words") from error


class SearchableCopy:
    """Pages added one after the other, and the PDF that they make. Nothing of the original comes along but what its pages show."""

    def __init__(self) -> None:
        self._out = pymupdf.open()

    @property
    def pages(self) -> int:
        """How many it has."""
        return int(self._out.page_count)

    def add_page(self, document: Any, number: int, words: Sequence[Placed], turn: int) -> None:
        """Page `number` (from 0) of a PDF, and words on it, whose lines a clockwise `turn` would set upright."""
        # Not final: what pages share, as a font, is copied once.
        self._out.insert_pdf(document, from_page=number, to_page=number, annots=True, links=False, widgets=False, final=False)
        self._write(words, turn)

    def add_picture(self, jpeg: bytes, size: tuple[float, float], words: Sequence[Placed], turn: int) -> None:
        """A picture of this size in points, and words on it."""
        page = self._out.new_page(width=size[0], height=size[1])
        page.insert_image(page.rect, stream=jpeg)
        self._write(words, turn)

    def finished(self) -> bytes:
        """The PDF; nothing can be added any more."""
        try:
            made: bytes = self._out.tobytes(garbage=1, deflate=True)
        finally:
            self._out.close()
        return made

    def _write(self, words: Sequence[Placed], turn: int) -> None:
        if not words:
            return
        page = self._out[self._out.page_count - 1]
        shape = page.new_shape()
        for text, *box in words:
            plain = text.translate(_PLAIN).encode("latin-1", "replace").decode("latin-1")
            start, length, height = _line(box, page.rect, turn)
            width = _FONT.text_length(plain, 1)
            if width <= 0 or length <= 0:
                continue
            # As long as the word; no higher than its line allows where the letters stand apart.
            size = max(1.0, min(_LARGEST, length / width, _TALLEST * height))
            shape.insert_text(
                start * page.derotation_matrix,
                plain + " ",
                fontname=_FONT_NAME,
                fontsize=size,
                rotate=(turn + page.rotation) % 360,
                render_mode=_INVISIBLE,
            )
        shape.commit()


def _line(box: Sequence[float], area: Any, turn: int) -> tuple[Any, float, float]:
    """Where on the page as shown the foot of a word's first letter stands, and how long and high the word is, in points."""
    left, right = (side * area.width for side in (box[0], box[2]))
    top, bottom = (side * area.height for side in (box[1], box[3]))
    across, down = right - left, bottom - top
    starts = {
        0: (left, bottom - _DESCENT * down),
        90: (right - _DESCENT * across, bottom),
        180: (right, top + _DESCENT * down),
        270: (left + _DESCENT * across, top),
    }
    along, up = (down, across) if turn in (90, 270) else (across, down)
    return pymupdf.Point(*starts[turn]), along, up
