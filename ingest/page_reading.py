"""One page read: from its text layer where that is usable, else by OCR, and the better of both."""

from ingest.documents import Page
from ingest.ports import Layer, OcrEngine, OpenDocument
from ingest.text_layer import Verdict, judge, ocr_is_better

READING = "pages-1"  # raise when the same file would give other pages: they are then read again
OCR_DPI = 200  # .08 % of characters wrong on clean print; 300 dpi takes twice as long for the same


def recipe_of(ocr: OcrEngine, languages: str) -> str:
    """What pages read this way are kept under: the same bytes by the same recipe are never read twice."""
    return f"{READING} {ocr.recipe} {languages}"


def languages_in(recipe: str) -> str:
    """The languages of `recipe_of`."""
    return recipe.rpartition(" ")[2]


def without_ocr(file: OpenDocument, number: int) -> Page | None:
    """The page from its text layer, or as a blank one; None where it takes a second of OCR. Raises what the file raises."""
    layer = file.layer(number)
    return _page_of(number, layer, judge(layer))


def read_page(file: OpenDocument, number: int, ocr: OcrEngine, languages: str) -> Page:
    """The page as it is to be kept. Raises what the file and the engine raise."""
    layer = file.layer(number)
    verdict = judge(layer)
    page = _page_of(number, layer, verdict)
    if page is not None:
        return page
    seen = ocr.read(file.raster(number, OCR_DPI), languages)
    if not ocr_is_better(layer.text, verdict, seen.text, seen.confidence):
        # OCR saw the same words, or was not sure of its own.
        quality = max(verdict.quality, seen.confidence)
        return Page(number, layer.text, "layer", quality, layer.width, layer.height, words=layer.words)
    how = "ocr" if seen.text else "none"
    return Page(number, seen.text, how, seen.confidence, layer.width, layer.height, words=seen.words)


def _page_of(number: int, layer: Layer, verdict: Verdict) -> Page | None:
    if verdict.how == "ocr":
        return None
    text, words = (layer.text, layer.words) if verdict.how == "layer" else ("", ())
    return Page(number, text, verdict.how, verdict.quality, layer.width, layer.height, words=words)
