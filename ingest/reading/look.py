"""One look by OCR at a page or at a place on it; where that comes out poor, once more as a photo, or as none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.domain.pages import Word
from ingest.domain.placement import Box, on_page
from ingest.errors import CorruptFile, ParserMemory, ParserTimeout
from ingest.reading.ports import OcrEngine, OcrText, OpenDocument, Raster

OCR_DPI = 200  # .08 % of characters wrong on clean print; 300 dpi takes twice as long for the same
POOR_CONFIDENCE = 0.6  # print on even paper has .9; a photo of it under 0.6 until it is straightened
PATIENCE = 8.0  # seconds of OCR; a page that has taken as long already is not looked at in another way


@dataclass(frozen=True, slots=True)
class Seen:
    """What OCR saw: as `OcrText`, its words on the page; `fault` is the code of what kept a part from being read, or ""."""

    text: str
    words: tuple[Word, ...]
    confidence: float
    turn: int = 0
    seconds: float = 0.0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Looks at one page of a file."""

    file: OpenDocument
    number: int
    ocr: OcrEngine
    languages: str

    def at_page(self, share: float, *, may_be_photo: bool) -> Seen:
        """The whole page, within this share of a page's time for each way. Raises what the file and the engine raise."""
        return self._best(self.file.raster(self.number, OCR_DPI), share, may_be_photo=may_be_photo)

    def at_place(self, place: Box, dpi: int, share: float, known: Sequence[Word] = ()) -> Seen:
        """What stands in the place beside the `known` words. Raises as `at_page`."""
        raster = _without(known, self.file.raster(self.number, dpi, place=place))
        return self._best(raster, share, may_be_photo=True, place=place, dpi=dpi)

    def _best(self, raster: Raster, share: float, *, may_be_photo: bool, place: Box | None = None, dpi: int = OCR_DPI) -> Seen:
        seen = self.ocr.read(raster, self.languages, share)
        first = _seen(seen, raster)
        if not seen.text or seen.confidence >= POOR_CONFIDENCE or not may_be_photo or seen.seconds > PATIENCE:
            return first
        try:
            other = self._other_raster(raster, place, dpi)
            # A rendered photo does not say that it is cut.
            other = replace(other, fault=other.fault or raster.fault)
            again = self.ocr.read(other, self.languages, share)
        except (CorruptFile, ParserMemory, ParserTimeout):
            return first  # what has been read stays
        return _seen(again, other) if _seen_surely(again) > _seen_surely(seen) else first

    def _other_raster(self, raster: Raster, place: Box | None, dpi: int) -> Raster:
        if place is None:
            return self.file.raster(self.number, dpi, as_photo=not raster.is_straightened)
        return self.file.raster(self.number, dpi, as_photo=True, place=place)


def _seen(seen: OcrText, raster: Raster) -> Seen:
    words = on_page(seen.words, raster.placement)
    return Seen(seen.text, words, seen.confidence, seen.turn, seen.seconds, raster.fault)


def _seen_surely(seen: OcrText) -> float:
    """More text is better, and surer text far better: guesses at a texture can be long."""
    return seen.confidence**2 * len(seen.text)


def _without(words: Sequence[Word], raster: Raster) -> Raster:
    """The raster of an upright part of the page, white where these words of the page stand."""
    across, _, left, _, down, top, *_ = raster.placement
    pixels = bytearray(raster.pixels)
    for word in words:
        first, last = (_pixel((side - left) / across, raster.width) for side in (word.left, word.right))
        above, below = (_pixel((side - top) / down, raster.height) for side in (word.top, word.bottom))
        for row in range(above, below if first < last else above):
            pixels[row * raster.width + first : row * raster.width + last] = b"\xff" * (last - first)
    return replace(raster, pixels=bytes(pixels))


def _pixel(fraction: float, size: int) -> int:
    return round(min(1.0, max(0.0, fraction)) * size)
