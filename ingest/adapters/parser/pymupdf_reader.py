"""PDFs by PyMuPDF. Imported by the parser process alone: hostile files hang, crash and fill it.

PyMuPDF is not thread-safe; the parser process has one thread.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from math import atan2, degrees, sqrt
from mmap import ACCESS_READ, mmap
from typing import Any

import pymupdf
from PIL import Image
from pymupdf import mupdf

from ingest.adapters.parser.comments import comments_of
from ingest.adapters.parser.messages import Header
from ingest.adapters.parser.page_image import fault_of_images, page_image
from ingest.adapters.parser.pillow_reader import MAX_PIXELS, MAX_SIDE, as_raster, for_people, has_dark_rim, photographed
from ingest.adapters.parser.portfolio import Parts
from ingest.adapters.parser.searchable import Placed, SearchableCopy
from ingest.domain.placement import Box, after, placed
from ingest.errors import CorruptFile, EncryptedPdf, NotADocument
from ingest.reading.ports import Raster

# Default flags hide characters without a meaning behind U+FFFD's stand-ins, and keep ligatures.
_TEXT_FLAGS = pymupdf.TEXTFLAGS_TEXT & ~pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE & ~pymupdf.TEXT_PRESERVE_LIGATURES
_INNER = 0.125  # the inner 75 % of the page begins this far from each edge
_FEW_CHARACTERS = 50  # with fewer inside, a page may be a picture with a stamp: look for drawings
_COUNTED_PICTURES = 500  # a scan cut into strips has a hundred
_COUNTED_DRAWINGS = 500  # enough to tell letters drawn as curves from a ruled form
_SAMPLED_LINES = 50  # enough to tell whether a layer is invisible, and which way its lines run
_PHOTO_FACTOR = 1.5
_COMPARED_PAGES = 100  # of a form, on which to look for what was filled in
# What there is to read on a page that says no more than that another program is needed.
_NOTHING_SHOWN: Header = {"text": "", "words": [], "image_cover": 0.0, "inner_characters": 0, "drawings": 0, "turn": 0}

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)
pymupdf.TOOLS.set_icc(False)  # 27 instead of 116 ms a gray page at 200 dpi; OCR needs no true colours


def is_out_of_memory(error: Exception) -> bool:
    """Whether MuPDF says that an allocation failed."""
    text = str(error)
    return "alloc" in text and "failed" in text


class PdfFile:
    """An open PDF; pages count from 1. Raises NotADocument, EncryptedPdf (no password fits), CorruptFile on opening."""

    def __init__(self, descriptor: int, passwords: Sequence[str] = ()) -> None:
        """Maps the file, because MuPDF reads from memory or by name. Raises OSError where there is no room for it."""
        self._mapped = mmap(descriptor, 0, access=ACCESS_READ)
        self._bytes = memoryview(self._mapped)
        document = _opened(self._bytes, passwords)
        self._parts = Parts(document, partial(_opened, passwords=passwords))
        self.page_count: int = self._parts.page_count

    def close(self) -> None:
        """Let go of the file and of what MuPDF cached of it."""
        self._parts.close()
        pymupdf.TOOLS.store_shrink(100)
        self._bytes.release()
        self._mapped.close()

    def layer(self, number: int) -> Header:
        """The values of `ports.Layer` by name; boxes are fractions of the page as shown, its rotation applied."""
        page = self._page(number)
        area = pymupdf.Rect(page.rect)
        textpage = page.get_textpage(flags=_TEXT_FLAGS | pymupdf.TEXT_PRESERVE_IMAGES)
        fractions = _to_fractions(page, area)
        words = [[word[4], *fractions(word)] for word in textpage.extractWORDS()]
        text = textpage.extractText()
        images = textpage.extractIMGINFO()
        inner = _inner_characters(words)
        header = {
            "text": text,
            "words": words,
            "width": area.width,
            "height": area.height,
            "image_cover": min(1.0, sum(_cover(fractions(image["bbox"])) for image in images)),
            "inner_characters": inner,
            "drawings": _drawings(page) if inner < _FEW_CHARACTERS else 0,
            "invisible": bool(text.strip()) and _is_invisible(textpage),
            "turn": _turn(textpage, page.rotation),
            "beside": "\n".join([*self._beside_all(number), *comments_of(page, text)]),
            "pictures": [[*fractions(image["bbox"]), _dots_an_inch(image)] for image in images[:_COUNTED_PICTURES]],
        }
        part, own_number = self._parts.at(number)
        return header | _NOTHING_SHOWN if own_number == 1 and part.form and part.form.is_elsewhere else header

    def _beside_all(self, number: int) -> Iterator[str]:
        """What belongs to all pages, and so to the first: the names of a portfolio's files, the words of a form."""
        if number == 1:
            yield from self._parts.names
        part, own_number = self._parts.at(number)
        if own_number == 1 and part.form:
            pages = islice(part.document, _COMPARED_PAGES)
            yield from part.form.lines_beside(" ".join(page.get_text() for page in pages))

    def raster(self, number: int, dpi: int, as_photo: bool | None, place: Sequence[float] | None = None) -> Raster:
        """The page in gray, at most 25 megapixels: its one image, or rendered; the sheet of a photo straightened.

        `place` is a part of the page, always rendered.
        """
        if place is not None:
            left, top, right, bottom = place
            return self._part(number, dpi, bool(as_photo), (left, top, right, bottom))
        page = self._page(number)
        found = None if as_photo else page_image(page.parent, page, dpi)
        pymupdf.TOOLS.store_shrink(100)
        if as_photo or (as_photo is None and found is not None and has_dark_rim(found[0])):
            # A sheet fills half of a photo: what is to have `dpi` in the end needs more now.
            pixmap, used = self._pixmap(number, round(_PHOTO_FACTOR * dpi), pymupdf.csGRAY)
            return photographed(_gray(pixmap), dpi, used, must=bool(as_photo), fault=found[3] if found else "")
        if found is not None and found[0].width * found[0].height <= MAX_PIXELS and max(found[0].size) <= MAX_SIDE:
            return as_raster(*found)
        pixmap, used = self._pixmap(number, dpi, pymupdf.csGRAY)
        return as_raster(_gray(pixmap), used, fault=found[3] if found else fault_of_images(page.parent, page))

    def picture(self, number: int, dpi: int, place: Sequence[float] | None = None) -> bytes:
        """The page, or a place on it, as a WebP in colour, at most 25 megapixels."""
        left, top, right, bottom = place or (0.0, 0.0, 1.0, 1.0)
        pixmap, _ = self._pixmap(number, dpi, pymupdf.csRGB, (left, top, right, bottom))
        return for_people(Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples))

    def copy(self, number: int, to: SearchableCopy, words: Sequence[Placed], turn: int) -> None:
        """Add the page, and words on it, to a searchable copy."""
        part, own_number = self._parts.at(number)
        to.add_page(part.document, own_number - 1, words, turn)

    def _part(self, number: int, dpi: int, as_photo: bool, box: Box) -> Raster:
        pixmap, used = self._pixmap(number, dpi, pymupdf.csGRAY, box)
        page = self._page(number)
        gray, fault = _gray(pixmap), fault_of_images(page.parent, page)
        shown = photographed(gray, dpi, used, must=True, fault=fault) if as_photo else as_raster(gray, used, fault=fault)
        return replace(shown, placement=after(placed(box), shown.placement))

    def _pixmap(self, number: int, dpi: int, colours: Any, box: Box = (0.0, 0.0, 1.0, 1.0)) -> tuple[Any, float]:
        page = self._page(number)
        area = pymupdf.Rect(page.rect)
        clip = pymupdf.Rect(box[0] * area.width, box[1] * area.height, box[2] * area.width, box[3] * area.height)
        used = _dpi_within_limit(clip, dpi)
        pixmap = page.get_pixmap(matrix=pymupdf.Matrix(used / 72, used / 72), colorspace=colours, alpha=False, clip=clip)
        # MuPDF would keep up to 256 MB of decoded images, none of which the next page shows again.
        pymupdf.TOOLS.store_shrink(100)
        return pixmap, used

    def _page(self, number: int) -> Any:
        part, own_number = self._parts.at(number)
        return part.document[own_number - 1]


def _opened(content: bytes | memoryview, passwords: Sequence[str]) -> Any:
    """The PDF. Raises NotADocument, EncryptedPdf, CorruptFile."""
    try:
        document: Any = pymupdf.open(stream=content, filetype="pdf")
    except (pymupdf.FileDataError, mupdf.FzErrorFormat) as error:
        raise CorruptFile(type(error).__name__) from error
    if not document.is_pdf:
        raise NotADocument
    if document.needs_pass and not any(document.authenticate(password) for password in passwords):
        raise EncryptedPdf
    if document.page_count == 0:
        raise CorruptFile("no page")
    # A truncated file opens "repaired", with empty pages and without an error.
    if document.is_repaired and not any(page.get_bboxlog() for page in document):
        raise CorruptFile("repaired, and nothing on any page")
    return document


def _gray(pixmap: Any) -> Image.Image:
    return Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)


def _to_fractions(page: Any, area: Any) -> Callable[[Any], list[float]]:
    """What turns a box into fractions of the page as shown; text comes in coordinates of the unrotated page.

    In plain floats, because PyMuPDF's own Rect and Matrix would take longer than reading the text.
    """
    a, b, c, d, e, f = (float(value) for value in page.rotation_matrix)
    width, height = area.width or 1.0, area.height or 1.0

    def fractions(box: Any) -> list[float]:
        x0, y0, x1, y1 = box[:4]
        left, right = (a * x0 + c * y0 + e) / width, (a * x1 + c * y1 + e) / width
        top, bottom = (b * x0 + d * y0 + f) / height, (b * x1 + d * y1 + f) / height
        if left > right:
            left, right = right, left
        if top > bottom:
            top, bottom = bottom, top
        return [_fraction(left), _fraction(top), _fraction(right), _fraction(bottom)]

    return fractions


def _fraction(side: float) -> float:
    return round(side, 4) if 0.0 <= side <= 1.0 else 0.0 if side < 0.0 else 1.0


def _cover(box: list[float]) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def _inner_characters(words: list[list[Any]]) -> int:
    low, high = _INNER, 1 - _INNER
    return sum(
        len(text)
        for text, left, top, right, bottom in words
        if low <= (left + right) / 2 <= high and low <= (top + bottom) / 2 <= high
    )


def _drawings(page: Any) -> int:
    """How many lines or areas are painted, as far as counted; a pass of its own, because collecting them changes the text."""
    blocks = page.get_textpage(flags=pymupdf.TEXT_COLLECT_VECTORS).this
    vectors = (block for block in blocks if block.m_internal.type == mupdf.FZ_STEXT_BLOCK_VECTOR)
    return sum(1 for _ in islice(vectors, _COUNTED_DRAWINGS))


def _is_invisible(textpage: Any) -> bool:
    """Whether no sampled character is filled or stroked: render mode 3, as OCR programs write."""
    lines = (line for block in textpage.this if block.m_internal.type == mupdf.FZ_STEXT_BLOCK_TEXT for line in block)
    painted = mupdf.FZ_STEXT_FILLED | mupdf.FZ_STEXT_STROKED
    for line, _ in zip(lines, range(_SAMPLED_LINES), strict=False):
        if any(character.m_internal.flags & painted for character in line):
            return False
    return True


def _turn(textpage: Any, rotation: int) -> int:
    """The clockwise turn that sets most of the sampled lines upright on the page as shown."""
    lines = (line for block in textpage.this if block.m_internal.type == mupdf.FZ_STEXT_BLOCK_TEXT for line in block)
    turns: Counter[int] = Counter()
    for line, _ in zip(lines, range(_SAMPLED_LINES), strict=False):
        direction, box = line.m_internal.dir, line.m_internal.bbox
        quarter = round(degrees(atan2(direction.y, direction.x)) / 90) * 90
        turns[-(quarter + rotation) % 360] += round(max(box.x1 - box.x0, box.y1 - box.y0))
    return turns.most_common(1)[0][0] if turns else 0


def _dots_an_inch(image: Any) -> float:
    """Of the image as shown, whichever way it is turned."""
    box = pymupdf.Rect(image["bbox"])
    return 72 * sqrt(image["width"] * image["height"] / max(float(box.width * box.height), 1.0))


def _dpi_within_limit(area: Any, dpi: int) -> float:
    points = max(area.width * area.height, 1.0)
    side = max(area.width, area.height, 1.0)
    return min(float(dpi), 72 * sqrt(MAX_PIXELS / points), 72 * MAX_SIDE / float(side))
