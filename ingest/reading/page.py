"""One page read: from its text layer where that is usable, else by OCR, and the better of both."""

from dataclasses import replace

from ingest.domain.pages import Page
from ingest.domain.placement import Box
from ingest.errors import ParserTimeout
from ingest.reading.bands import LONG, read_in_bands
from ingest.reading.faults import PAGE_FAULTS
from ingest.reading.look import OCR_DPI, POOR_CONFIDENCE, Look, Seen
from ingest.reading.mending import joined_page, mended_layer
from ingest.reading.places import Place, unread_places
from ingest.reading.ports import Layer, OcrEngine, OpenDocument
from ingest.reading.text_layer import ABOUT_AS_MANY, Verdict, is_legible, judge, language_in, ocr_is_better

READING = "pages-5"  # raise when the same file would give other pages: they are then read again
LEAST_SHARE = 0.25  # of a page's time: 5 of 20 s, where clean print takes 2 and a turned page 5
PHOTO_COVER = 0.5  # share of the page under its images; a smaller one is no photo of a sheet
SMALL_LETTERS = 1.5  # times the dots an inch of a page, where a picture has as many: it was pasted smaller than it is read
OF_WHOLE_FILES = {"accents"}  # doubts about how a file was typed, not about one page
SURE_OF_A_PLACE = 0.5  # OCR's confidence; what it sees in a picture without text has less


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

    A file on whose page OCR saw no accents either is one typed without them: its other pages are not asked about it again.
    """

    def __init__(self, file: OpenDocument, ocr: OcrEngine, languages: str) -> None:
        self._file = file
        self._ocr = ocr
        self._languages = languages
        self._given_up = 0
        self._dispelled: set[str] = set()

    def page(self, number: int) -> Page:
        """As `read_page`."""
        try:
            share = max(LEAST_SHARE, 1 / (1 + self._given_up))
            page = _read(Look(self._file, number, self._ocr, self._languages), share, self._dispelled)
        except ParserTimeout:
            self._given_up += 1
            raise
        self._given_up += page.fault == ParserTimeout.code
        return page


def read_page(file: OpenDocument, number: int, ocr: OcrEngine, languages: str, share: float = 1.0) -> Page:
    """The page as it is to be kept, OCR within this share of a page's time. Raises what the file and the engine raise.

    A page of which only a part could be decoded has that part's text and a `fault`; so has one whose text layer is legible
    and had to stay, because it could not be drawn or read by OCR.
    """
    return _read(Look(file, number, ocr, languages), share, set())


def _read(look: Look, share: float, dispelled: set[str]) -> Page:
    """As `read_page`; `dispelled` are doubts about the whole file that OCR did not share, and grows."""
    layer = mended_layer(look.file.layer(look.number))
    return _with_beside(_shown(look.number, layer, look, share, dispelled), layer)


def _with_beside(page: Page, layer: Layer) -> Page:
    """The page with what belongs to it and stands nowhere on it, behind its own text."""
    if not layer.beside.strip():
        return page
    how = page.how if page.text.strip() else "layer"
    text = "\n\n".join(filter(None, (page.text.rstrip(), layer.beside)))
    return replace(page, text=text, how=how, language=page.language or language_in(text))


def _shown(number: int, layer: Layer, look: Look, share: float, dispelled: set[str]) -> Page:
    """What the page shows."""
    verdict = judge(layer)
    page = _page_of(number, layer, verdict)
    if page is not None:
        return page
    if verdict.how == "layer" or verdict.reason in dispelled:
        return _with_places(_from_layer(number, layer, verdict.quality), layer, look, share)
    if shrunk := _shrunk(number, layer, look, share):
        return shrunk
    try:
        seen = _at_page(look, layer, share)
    except PAGE_FAULTS as fault:
        if not is_legible(verdict):
            raise
        return replace(_from_layer(number, layer, verdict.quality), fault=fault.code)
    if not ocr_is_better(layer.text, verdict, seen.text, seen.confidence):
        # OCR saw the same words, or was not sure of its own.
        if seen.confidence >= POOR_CONFIDENCE and len(seen.text) >= ABOUT_AS_MANY * len(layer.text):
            dispelled |= {verdict.reason} & OF_WHOLE_FILES
        return _with_places(_from_layer(number, layer, max(verdict.quality, seen.confidence)), layer, look, share)
    return _from_ocr(number, layer, seen)


def _page_of(number: int, layer: Layer, verdict: Verdict) -> Page | None:
    if verdict.how == "ocr" or (verdict.how == "layer" and unread_places(layer)):
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


def _from_ocr(number: int, layer: Layer, seen: Seen) -> Page:
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
            fault=seen.fault,
            words=seen.words,
        )
    )


def _at_page(look: Look, layer: Layer, share: float) -> Seen:
    if layer.height > LONG * layer.width:
        return read_in_bands(lambda band: look.at_place(band, OCR_DPI, share), layer.height / layer.width)
    return look.at_page(share, may_be_photo=layer.image_cover >= PHOTO_COVER)


def _shrunk(number: int, layer: Layer, look: Look, share: float) -> Page | None:
    """The page of pictures alone that are shown too small to be read at a page's scale, as a long one fitted to its height."""
    places = unread_places(layer)
    if layer.text.strip() or layer.image_cover >= PHOTO_COVER or not places:
        return None
    if any(place.dpi < SMALL_LETTERS * OCR_DPI for place in places):
        return None
    page = _with_places(Page(number, "", "none", 0.0, layer.width, layer.height), layer, look, share)
    return replace(page, how="ocr") if page.text else None


def _at(place: Place, layer: Layer, look: Look, share: float) -> Seen:
    left, top, right, bottom = place.box
    ratio = (bottom - top) * layer.height / ((right - left) * layer.width)

    def seen(box: Box) -> Seen:
        return look.at_place(box, place.dpi, share, place.words)

    return read_in_bands(seen, ratio, place.box) if ratio > LONG else seen(place.box)


def _with_places(page: Page, layer: Layer, look: Look, share: float) -> Page:
    """The layer's page and, behind its text, what stands in the pictures beside it; one that cannot be read is a `fault`."""
    places = unread_places(layer)
    for place in places:
        try:
            seen = _at(place, layer, look, share / len(places))
        except PAGE_FAULTS as fault:
            page = replace(page, fault=fault.code)
            continue
        if seen.text and seen.confidence >= SURE_OF_A_PLACE:
            text = f"{page.text.rstrip()}\n\n{seen.text}\n".lstrip()
            sure = max(page.confidence, seen.confidence)
            page = replace(page, text=text, words=page.words + seen.words, language=language_in(text), confidence=sure)
        page = replace(page, fault=page.fault or seen.fault)
    return page
