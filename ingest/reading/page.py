"""One page read: from its text layer where that is usable, else by OCR, and the better of both."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ingest.domain.pages import Page
from ingest.domain.placement import on_page
from ingest.errors import CorruptFile, ParserMemory, ParserTimeout
from ingest.reading.mending import joined_page, mended_layer
from ingest.reading.ports import Layer, OcrEngine, OcrText, OpenDocument, Raster
from ingest.reading.text_layer import Verdict, judge, language_in, ocr_is_better

READING = "pages-5"  # raise when the same file would give other pages: they are then read again
OCR_DPI = 200  # .08 % of characters wrong on clean print; 300 dpi takes twice as long for the same
POOR_CONFIDENCE = 0.6  # print on even paper has .9; a photo of it under 0.6 until it is straightened
PATIENCE = 8.0  # seconds of OCR; a page that has taken as long already is not looked at in another way
LEAST_SHARE = 0.25  # of a page's time: 5 of 20 s, where clean print takes 2 and a turned page 5
PHOTO_COVER = 0.5  # share of the page under its images; a smaller one is no photo of a sheet


def recipe_of(ocr: OcrEngine, languages: str) -> str:
    """What pages read this way are kept under: the same bytes by the same recipe are never read twice."""
    return f"{READING} {ocr.recipe} {languages}"


def languages_in(recipe: str) -> str:
    """The languages of `recipe_of`."""
    return recipe.rpartition(" ")[2]


def without_ocr(file: OpenDocument, number: int) -> Page | None:
    """The page from its text layer, or as a blank one; None where it takes a second of OCR. Raises what the file raises."""
    layer = mended_layer(file.layer(number))
    page = _page_of(number, layer, judge(layer))
    return None if page is None else _with_beside(page, layer)


class OcrReading:
    """Reads one file's pages by OCR; after each that ran out of time the next ones get less of it.

    A page may take many times what an honest one takes, but not page after page: half of the time behind the first one
    that was given up, then a third, then a quarter, in which almost every honest page can still be read.
    """

    def __init__(self, file: OpenDocument, ocr: OcrEngine, languages: str) -> None:
        self._file = file
        self._ocr = ocr
        self._languages = languages
        self._given_up = 0

    def page(self, number: int) -> Page:
        """As `read_page`."""
        try:
            share = max(LEAST_SHARE, 1 / (1 + self._given_up))
            return read_page(self._file, number, self._ocr, self._languages, share)
        except ParserTimeout:
            self._given_up += 1
            raise


def read_page(file: OpenDocument, number: int, ocr: OcrEngine, languages: str, share: float = 1.0) -> Page:
    """The page as it is to be kept, OCR within this share of a page's time. Raises what the file and the engine raise.

    A page of which only a part could be decoded has that part's text and a `fault`.
    """
    layer = mended_layer(file.layer(number))
    return _with_beside(_shown(file, number, layer, partial(ocr.read, languages=languages, share=share)), layer)


def _with_beside(page: Page, layer: Layer) -> Page:
    """The page with what belongs to it and stands nowhere on it, behind its own text."""
    if not layer.beside.strip():
        return page
    how = page.how if page.text.strip() else "layer"
    text = "\n\n".join(filter(None, (page.text.rstrip(), layer.beside)))
    return replace(page, text=text, how=how, language=page.language or language_in(text))


def _shown(file: OpenDocument, number: int, layer: Layer, read: Callable[[Raster], OcrText]) -> Page:
    """What the page shows."""
    verdict = judge(layer)
    page = _page_of(number, layer, verdict)
    if page is not None:
        return page
    raster, seen = _best_reading(file, number, layer, read)
    if not ocr_is_better(layer.text, verdict, seen.text, seen.confidence):
        # OCR saw the same words, or was not sure of its own.
        return _from_layer(number, layer, max(verdict.quality, seen.confidence))
    return joined_page(
        Page(
            number,
            seen.text,
            "ocr" if seen.text else "none",
            seen.confidence,
            layer.width,
            layer.height,
            orientation=seen.turn,
            language=language_in(seen.text),
            fault=raster.fault,
            words=on_page(seen.words, raster.placement),
        )
    )


def _page_of(number: int, layer: Layer, verdict: Verdict) -> Page | None:
    if verdict.how == "ocr":
        return None
    if verdict.how == "none":
        return Page(number, "", "none", verdict.quality, layer.width, layer.height)
    return _from_layer(number, layer, verdict.quality)


def _from_layer(number: int, layer: Layer, quality: float) -> Page:
    return Page(
        number,
        layer.text,
        "layer",
        quality,
        layer.width,
        layer.height,
        orientation=layer.turn,
        language=language_in(layer.text),
        words=layer.words,
    )


def _best_reading(file: OpenDocument, number: int, layer: Layer, read: Callable[[Raster], OcrText]) -> tuple[Raster, OcrText]:
    """What OCR saw, and of which pixels; where it saw little, once more as a photo, or as none."""
    raster = file.raster(number, OCR_DPI)
    seen = read(raster)
    if not seen.text or seen.confidence >= POOR_CONFIDENCE or layer.image_cover < PHOTO_COVER or seen.seconds > PATIENCE:
        return raster, seen
    try:
        other = file.raster(number, OCR_DPI, as_photo=not raster.is_straightened)
        # A rendered photo does not say that it is cut.
        other = replace(other, fault=other.fault or raster.fault)
        again = read(other)
    except (CorruptFile, ParserMemory, ParserTimeout):
        return raster, seen  # what has been read stays
    return (other, again) if _seen_surely(again) > _seen_surely(seen) else (raster, seen)


def _seen_surely(seen: OcrText) -> float:
    """More text is better, and surer text far better: guesses at a texture can be long."""
    return seen.confidence**2 * len(seen.text)
