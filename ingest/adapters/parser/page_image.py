"""A PDF page that is one image, as scanners make them: the image taken out instead of the page rendered.

Imported by the parser process alone. Takes half the time of rendering at 300 dpi, and nothing is sampled twice. Only
where the result is surely what the page shows; None everywhere else, and the page is rendered.
"""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pymupdf
from PIL import Image, UnidentifiedImageError
from pymupdf import mupdf

from ingest.adapters.parser.pillow_reader import as_far_as_it_goes
from ingest.domain.placement import Placement
from ingest.errors import CorruptFile

# Nothing but saving the state, moving and painting: no clip, no transparency, no text.
_ONLY_AN_IMAGE = re.compile(rb"\s*(?:(?:q|Q|(?:[-+.\d]+\s+){6}cm|/\S+\s+Do)(?=\s|$)\s*)+")
_PAINT = re.compile(rb"/(\S+)\s+Do(?=\s|$)")
_MAX_CONTENT = 2000  # bytes
_FILTERS = {"", "DCTDecode", "CCITTFaxDecode", "JBIG2Decode", "FlateDecode", "LZWDecode", "RunLengthDecode"}
_PLAIN_COLOURS = {"DeviceGray", "DeviceRGB", "CalGray", "CalRGB", "ICCBased"}
_KEYS_THAT_CHANGE_IT = ("Decode", "ImageMask", "Mask", "SMask", "SMaskInData", "OC", "Alternates")
_MAX_PIXELS = 60_000_000  # an A4 at 700 dpi; more is left to the renderer and its bands
_MIN_DPI = 120  # below this, rendering enlarges the letters
_SQUARE = 0.05  # a fax of 204 × 98 dpi is not
# Signs of a, b, c, d of the matrix that maps the image's unit square, whose y grows downwards, to the page.
_TURNS: dict[tuple[int, ...], int] = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}
_END_OF_IMAGE, _TAIL = b"\xff\xd9", 1024  # some writers pad behind the mark
_EDGE = 0.01  # of the page; an image may reach out so far, else it is cut by the page
_MIN_COVER = 0.5  # of the page


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the image lies on the page as shown: the turn of its pixels, its box in fractions, its dots an inch."""

    turn: int
    box: tuple[float, float, float, float]
    dpi: float


def page_image(document: Any, page: Any, dpi: int) -> tuple[Image.Image, float, Placement, str] | None:
    """Gray pixels of about `dpi`, their true dpi, where they lie on the page, and a fault's code or "" ."""
    image = _only_image(document, page)
    if image is None:
        return None
    place = _place(page, image)
    if place is None:
        return None
    xref, width, height = image[0], image[2], image[3]
    scale = min(1.0, dpi / place.dpi)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    try:
        found = _jpeg(document, xref, size) if _is_plain_jpeg(document, image) else _decoded(document, xref)
    except (OSError, SyntaxError, ValueError, RuntimeError):
        return None  # MuPDF may make more of it
    if found is None:
        return None
    pixels, fault = found
    if pixels.size != size:
        # As right as any: of 137,000 characters HAMMING lost 114, a rendering 114, BICUBIC 115, BOX 118, BILINEAR 122.
        pixels = pixels.resize(size, Image.Resampling.HAMMING)
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    if place.turn:
        pixels = pixels.transpose(turns[place.turn])
    left, top, right, bottom = place.box
    return pixels, place.dpi * scale, (right - left, 0.0, left, 0.0, bottom - top, top, 0.0, 0.0, 1.0), fault


def fault_of_images(document: Any, page: Any) -> str:
    """The code of a fault where a JPEG on the page is cut, else "": MuPDF paints what there is of it and says nothing."""
    cut = (_is_cut(document.xref_stream_raw(image[0])) for image in page.get_images(full=True) if image[8] == "DCTDecode")
    return CorruptFile.code if any(cut) else ""


def _is_cut(jpeg: bytes) -> bool:
    if _END_OF_IMAGE in jpeg[-_TAIL:]:
        return False
    # Some writers leave the mark out; whether a part of the picture is missing only decoding tells.
    try:
        with Image.open(BytesIO(jpeg), formats=("JPEG",)) as image:
            image.draft("L", (1, 1))
            image.load()
    except UnidentifiedImageError:
        return False
    except OSError:
        return True
    return False


def _only_image(document: Any, page: Any) -> Any:
    """The entry of the one image that the page's content paints, or None."""
    images = page.get_images(full=True)
    if len(images) != 1 or images[0][9] != 0 or images[0][2] * images[0][3] > _MAX_PIXELS:
        return None
    if page.first_annot or page.first_widget:
        return None  # a stamp may stand on it
    content = page.read_contents()
    painted = _PAINT.findall(content) if len(content) <= _MAX_CONTENT and _ONLY_AN_IMAGE.fullmatch(content) else []
    if painted != [images[0][7].encode()]:
        return None
    if images[0][8] not in _FILTERS:
        return None
    if any(document.xref_get_key(images[0][0], key)[0] != "null" for key in _KEYS_THAT_CHANGE_IT):
        return None
    return images[0]


def _place(page: Any, image: Any) -> _Place | None:
    """None where the image is mirrored, slanted, stretched, coarse, cut by the page or small on it."""
    shown = [one for one in page.get_image_info() if (one["width"], one["height"]) == (image[2], image[3])]
    if len(shown) != 1:
        return None
    area = page.rect
    matrix = pymupdf.Matrix(shown[0]["transform"]) * page.rotation_matrix
    turn = _turn(matrix)
    if turn is None or not area.width or not area.height:
        return None
    corner, far = pymupdf.Point(0, 0) * matrix, pymupdf.Point(1, 1) * matrix
    xs, ys = sorted((corner.x / area.width, far.x / area.width)), sorted((corner.y / area.height, far.y / area.height))
    (left, right), (top, bottom) = xs, ys
    if min(left, top) < -_EDGE or max(right, bottom) > 1 + _EDGE or (right - left) * (bottom - top) < _MIN_COVER:
        return None
    across, down = (image[2], image[3]) if turn in (0, 180) else (image[3], image[2])
    dpi_x, dpi_y = across * 72 / ((right - left) * area.width), down * 72 / ((bottom - top) * area.height)
    if abs(dpi_x / dpi_y - 1) > _SQUARE or dpi_x < _MIN_DPI:
        return None
    return _Place(turn, (left, top, right, bottom), dpi_x)


def _turn(matrix: Any) -> int | None:
    """The clockwise turn that the page gives the pixels; None where it slants or mirrors them."""
    a, b, c, d = (float(value) for value in (matrix.a, matrix.b, matrix.c, matrix.d))
    size = max(abs(a), abs(b), abs(c), abs(d)) or 1.0
    signs = tuple(0 if abs(value) < 1e-3 * size else 1 if value > 0 else -1 for value in (a, b, c, d))
    return _TURNS.get(signs)


def _is_plain_jpeg(document: Any, image: Any) -> bool:
    xref = image[0]
    one_filter = document.xref_get_key(xref, "Filter") in {("name", "/DCTDecode"), ("array", "[/DCTDecode]")}
    return one_filter and image[5] in _PLAIN_COLOURS and document.xref_get_key(xref, "DecodeParms")[0] == "null"


def _jpeg(document: Any, xref: int, size: tuple[int, int]) -> tuple[Image.Image, str] | None:
    """The JPEG decoded by Pillow, which decodes at a half or less where that is enough, and says where a file is cut."""
    raw = document.xref_stream_raw(xref)

    def gray() -> Image.Image | None:
        with Image.open(BytesIO(raw), formats=("JPEG",)) as image:
            if image.mode not in ("L", "RGB"):
                return None
            image.draft("L", size)
            image.load()
            return image.convert("L")

    try:
        pixels, fault = gray(), ""
    except OSError:
        with as_far_as_it_goes():
            pixels, fault = gray(), CorruptFile.code
    return None if pixels is None else (pixels, fault)


def _decoded(document: Any, xref: int) -> tuple[Image.Image, str] | None:
    """Any other image, decoded by MuPDF."""
    pixmap = pymupdf.Pixmap(document, xref)
    if pixmap.alpha or pixmap.colorspace is None:
        return None
    colours = pixmap.colorspace.this
    # An ink's one channel says how dark it is, not how light.
    if not (mupdf.fz_colorspace_is_gray(colours) or mupdf.fz_colorspace_is_rgb(colours)):
        return None
    if pixmap.n != 1:
        pixmap = pymupdf.Pixmap(pymupdf.csGRAY, pixmap)
    pixels = Image.frombuffer("L", (pixmap.width, pixmap.height), pixmap.samples, "raw", "L", pixmap.stride, 1)
    return pixels, ""
