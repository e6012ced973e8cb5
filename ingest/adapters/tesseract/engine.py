"""OCR by Tesseract: one run for an ordinary page, a ladder of remedies for the others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt

import numpy as np
from PIL import Image, ImageFilter

from ingest.adapters.tesseract.program import TesseractProgram, installed_languages
from ingest.domain.pages import Word
from ingest.domain.placement import IDENTITY, Placement, after, on_page, rotated, turned
from ingest.errors import CorruptFile, ParserMemory, ParserTimeout
from ingest.reading.ports import OcrText, Raster
from ingest.reading.text_lines import INK, line_layout_of

_WORD_LEVEL = "5"  # of Tesseract's TSV: page, block, paragraph, line, word
_REDUCTION = 4  # averaging 16 pixels takes scanner noise to a quarter
_BLANK_CONTRAST = 32  # gray levels from the paper's: eight sigma of that noise, a third of faint print's contrast
_BLANK_PIXELS = 4  # fewer than the smallest full stop that a reader would miss
_MIN_SLOPE = 0.75  # degrees; from 1.5 on psm 3 drops whole paragraphs and is sure of the rest
_POOR_CONFIDENCE = 0.75  # clean print has .95, a page upside down .25 to .37
_POOR_COVER = 0.4  # share of the ink under the words that were read; text that was read whole has .8 and more
_SURE_WORD = 0.5
_LOW_DPI = 100  # below this, letters are too small for Tesseract
_READABLE_DPI = 200
_MAX_PIXELS, _MAX_SIDE = 25_000_000, 30_000  # as the reader's


class TesseractEngine:
    """Reads a page with one run of Tesseract, which gives text and words together.

    Page segmentation is Tesseract's own (psm 3): psm 4 and 6 lose up to 75 % of a page with two columns. Lines at a
    slope are levelled first. A page that came out poor is looked at again, and its best reading is kept.
    """

    recipe = "tesseract-psm3-200dpi-3"

    def __init__(self, page_seconds: float, memory_bytes: int = 1024**3) -> None:
        """`page_seconds` is the CPU time that all runs of one `read` may take together, `memory_bytes` a run's address space."""
        self._program = TesseractProgram(page_seconds, memory_bytes)
        self._installed: frozenset[str] | None = None

    def installed(self) -> frozenset[str]:
        """The languages that can be read here, as they were when first asked for."""
        if self._installed is None:
            self._installed = frozenset(installed_languages())
        return self._installed

    def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
        """Text of one page, within this share of a page's time; `languages` as Tesseract takes them ("spa+eng").

        Raises ParserTimeout, ParserMemory, CorruptFile where Tesseract refuses the page, TransientError.
        """
        sheet = _Sheet.of(Image.frombytes("L", (raster.width, raster.height), raster.pixels))
        if _is_blank(sheet.small):
            return OcrText("", (), 0.0)
        self._program.begin_page(share)
        best: _Reading | None = None
        for remedy in self._ladder(sheet, raster.dpi):
            try:
                reading = _read(remedy, *self._program.text_and_table(remedy.image, languages))
            except (ParserTimeout, ParserMemory, CorruptFile):
                if best is None:
                    raise
                break  # what has been read stays
            if best is None or reading.sure_characters > best.sure_characters:
                best = reading
            if not best.is_poor:
                break
        return replace(best.seen, seconds=self._program.spent_seconds) if best else OcrText("", (), 0.0)

    def _ladder(self, sheet: "_Sheet", dpi: int) -> Iterator["_Sheet"]:
        """The page as it should be read, and then, as long as it comes out poor, other ways to look at it."""
        lie = line_layout_of(np.asarray(sheet.small))
        if lie.is_sideways:
            sheet = sheet.turned(self._program.turn(sheet.image) or 90)
            sheet = sheet.levelled(line_layout_of(np.asarray(sheet.small)).slope)
            yield sheet
            sheet = sheet.turned(180)
            yield sheet
        else:
            sheet = sheet.levelled(lie.slope)
            yield sheet
            if turn := self._program.turn(sheet.image):
                # What specks hide from reading they hide from this look too: it may be upright for all that.
                yield sheet.turned(turn)
                yield sheet.smoothed()
                sheet = sheet.turned(turn)
        yield sheet.smoothed()
        if dpi < _LOW_DPI:
            yield sheet.enlarged(_READABLE_DPI / dpi)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The page's pixels after some treatment, and at a quarter; where they lie on the raster, and the turn that was made."""

    image: Image.Image
    small: Image.Image
    placement: Placement = IDENTITY
    turn: int = 0

    @classmethod
    def of(cls, image: Image.Image, placement: Placement = IDENTITY, turn: int = 0) -> "_Sheet":
        return cls(image, image.reduce(_REDUCTION), placement, turn)

    def turned(self, degrees: int) -> "_Sheet":
        transpose = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
        image = self.image.transpose(transpose[degrees])
        return _Sheet.of(image, after(self.placement, turned(degrees)), (self.turn + degrees) % 360)

    def levelled(self, slope: float) -> "_Sheet":
        if abs(slope) < _MIN_SLOPE:
            return self
        image = self.image.rotate(slope, Image.Resampling.BICUBIC, expand=True, fillcolor=_paper(self.small))
        return _Sheet.of(image, after(self.placement, rotated(slope, self.image.size, image.size)), self.turn)

    def smoothed(self) -> "_Sheet":
        """Without the specks of a noisy photocopy."""
        return _Sheet.of(self.image.filter(ImageFilter.MedianFilter(3)), self.placement, self.turn)

    def enlarged(self, factor: float) -> "_Sheet":
        width, height = self.image.size
        factor = min(factor, sqrt(_MAX_PIXELS / (width * height)), _MAX_SIDE / max(width, height))
        image = self.image.resize((max(1, round(width * factor)), max(1, round(height * factor))), Image.Resampling.BICUBIC)
        return _Sheet.of(image, self.placement, self.turn)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one run saw; `sure_characters` are those of words it was rather sure of."""

    seen: OcrText
    sure_characters: float
    is_poor: bool


@dataclass(frozen=True, slots=True)
class _SeenWord:
    word: Word
    line: tuple[str, ...]
    confidence: float


def _is_blank(small: Image.Image) -> bool:
    """Whether nothing stands on the page: 2 ms that save the second an empty back side takes."""
    levels, paper = small.histogram(), _paper(small)
    return sum(levels[: max(0, paper - _BLANK_CONTRAST)]) + sum(levels[paper + _BLANK_CONTRAST :]) < _BLANK_PIXELS


def _paper(small: Image.Image) -> int:
    """The commonest level."""
    levels = small.histogram()
    return max(range(256), key=levels.__getitem__)


def _read(sheet: _Sheet, text: str, table: str) -> _Reading:
    found = _words(table, sheet.image.width, sheet.image.height)
    characters = sum(len(one.word.text) for one in found)
    weighed = sum(one.confidence * len(one.word.text) for one in found)
    confidence = weighed / characters if characters else 0.0
    sure = sum(one.confidence * len(one.word.text) for one in found if one.confidence >= _SURE_WORD)
    words = tuple(one.word for one in found)
    turn = (sheet.turn + _turn_of(found, sheet.image.width, sheet.image.height)) % 360
    seen = OcrText(text.strip(), on_page(words, sheet.placement), confidence, turn)
    return _Reading(seen, sure, confidence < _POOR_CONFIDENCE or _has_unread_lines(sheet.small, words))


def _words(table: str, width: int, height: int) -> list[_SeenWord]:
    """The words of the table, with boxes as fractions of the image."""
    found = []
    for row in table.split("\n"):
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != _WORD_LEVEL or not cells[11].strip():
            continue
        left, top, across, down = (int(cell) for cell in cells[6:10])
        sides = (left / width, top / height, (left + across) / width, (top + down) / height)
        word = Word(cells[11].strip(), *(round(min(1.0, max(0.0, side)), 4) for side in sides))
        found.append(_SeenWord(word, tuple(cells[1:5]), max(0.0, float(cells[10])) / 100))
    return found


def _turn_of(found: list[_SeenWord], width: int, height: int) -> int:
    """The turn that would set the lines upright: Tesseract reads some lines that run up or down the page by itself."""
    across = down = 0.0
    for one, following in pairwise(found):
        if one.line == following.line:
            across += (following.word.left + following.word.right - one.word.left - one.word.right) * width
            down += (following.word.top + following.word.bottom - one.word.top - one.word.bottom) * height
    if abs(down) <= abs(across):
        return 180 if across < 0 else 0
    return 270 if down > 0 else 90


def _has_unread_lines(small: Image.Image, words: tuple[Word, ...]) -> bool:
    """Whether the page plainly holds lines of text and most of their ink lies under no word."""
    gray = np.asarray(small)
    ink = gray < _paper(small) - INK
    read = np.zeros_like(ink)
    height, width = ink.shape
    for _, left, top, right, bottom in words:
        read[int(top * height) : int(bottom * height) + 1, int(left * width) : int(right * width) + 1] = True
    return bool((ink & read).sum() < _POOR_COVER * ink.sum()) and line_layout_of(gray).is_clear
