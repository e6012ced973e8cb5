"""Images by Pillow, as documents of one page (TIFF: of many). Imported by the parser process alone."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from math import sqrt

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,  # noqa: F401  here, not when the first phone's photo waits for it
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)
from PIL import ImageFile as PillowFile

from ingest.adapters.parser.messages import Header
from ingest.adapters.parser.searchable import Placed, SearchableCopy
from ingest.domain.placement import IDENTITY, Placement, after, placed
from ingest.errors import CorruptFile
from ingest.reading.ports import Raster

MAX_PIXELS = 25_000_000  # a page is scaled down to this: A4 at 500 dpi, A0 at 120
_WEBP_SIDE = 16_383  # pixels: the format's limit
_WEBP_QUALITY = 80  # of text at 110 dpi nothing is lost to the eye
_COPY_DPI, _COPY_QUALITY = 200, 80  # as a scanner's PDF has it
MAX_SIDE = 30_000  # pixels; Tesseract refuses more than 32,767
# A phone's MPO comes as JPEG. The plugins are imported above, so that nothing is imported while a file waits.
_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    Jpeg2KImagePlugin.Jpeg2KImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
    "HEIF",  # where heic_decoder was imported
)
_A4_INCHES = (8.27, 11.69)
# EXIF orientation → what sets the picture upright (EXIF 2.32, tag 0x0112).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Phones and screenshots say 72 or 96 whatever they show; scanners say 100 to 1,200.
_TRUSTED_DPI = range(100, 1201)
_RIM_SHADE = 0.8  # of the paper's gray; a desk around a sheet is darker, the edge of a scan is not
_PHOTO_PIXELS = 1_000_000  # with fewer there is no room for a desk around a sheet that can be read

Image.preinit()  # the plugins of other formats too, which Pillow otherwise imports when it first opens or saves
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the parser process may start no thread
Image.MAX_IMAGE_PIXELS = None  # the limit on memory decides, not a guess at it


class NoOpenCv(Exception):
    """What straightens photos was not imported while this process still could."""


@contextmanager
def as_far_as_it_goes() -> Iterator[None]:
    """Decode a cut file up to the cut, and leave the rest gray."""
    PillowFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        PillowFile.LOAD_TRUNCATED_IMAGES = False


def has_dark_rim(gray: Image.Image) -> bool:
    """Whether the picture is darker along its four edges than paper is within, as where a sheet lies on a desk."""
    side = 48
    levels = gray.resize((side, side), Image.Resampling.BOX).tobytes()
    rows = [levels[start : start + side] for start in range(0, side * side, side)]
    paper = sorted(b"".join(row[8:-8] for row in rows[8:-8]))[side * side // 4]
    edges = (rows[0], rows[-1], bytes(row[0] for row in rows), bytes(row[-1] for row in rows))
    return all(sum(edge) / side < _RIM_SHADE * paper for edge in edges)


def for_people(image: Image.Image) -> bytes:
    """The picture as a WebP, of which a browser makes what it shows: a third of a PNG's bytes."""
    image.thumbnail((_WEBP_SIDE, _WEBP_SIDE))  # nothing where it is smaller
    target = BytesIO()
    image.save(target, "WEBP", quality=_WEBP_QUALITY, method=2)
    return target.getvalue()


def as_raster(gray: Image.Image, dpi: float, placement: Placement = IDENTITY, fault: str = "") -> Raster:
    """The image's pixels as they are."""
    return Raster(gray.width, gray.height, max(1, round(dpi)), gray.tobytes(), placement, fault=fault)


def photographed(gray: Image.Image, dpi: int, shown_dpi: float, *, must: bool, fault: str = "") -> Raster:
    """The sheet in the photo, straightened; where none is plain to see, the picture at `dpi`.

    `must`: it is to be treated as a photo in any case, because it could not be read as it is. Raises NoOpenCv.
    """
    try:
        # Here, because only photos are worth 0.2 s and 30 MB of OpenCV.
        from ingest.adapters.parser import sheet_finder  # noqa: PLC0415
    except ImportError as error:
        raise NoOpenCv from error
    sheet = sheet_finder.straightened(gray, only_aslant=not must)
    if sheet is not None:
        pixels, placement = sheet
        return replace(as_raster(pixels, dpi, placement, fault), is_straightened=True)
    scale = min(1.0, dpi / shown_dpi)
    size = (max(1, round(gray.width * scale)), max(1, round(gray.height * scale)))
    small = gray if size == gray.size else gray.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    return as_raster(sheet_finder.evened(small) if must else small, shown_dpi * scale, fault=fault)


class ImageFile:
    """An image; a page is a frame. Raises CorruptFile.

    Opened anew for every question: decoding changes an open image for good, and nothing stays in memory.
    """

    def __init__(self, descriptor: int) -> None:
        """The descriptor stays the caller's, and open until `close`."""
        self._descriptor = descriptor
        with self._frame(1) as image:
            # A phone's MPO holds previews beside the picture, and an animated WebP is one page too.
            self.page_count: int = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1

    def close(self) -> None:
        """Nothing is held open."""

    def layer(self, number: int) -> Header:
        """The values of `ports.Layer` by name: no text, one image over the whole page."""
        with self._frame(number) as image:
            width, height = image.size
            dpi = _dpi(image)
            # Pillow gives the size of a TIFF as turned already.
            if image.format != "TIFF" and _orientation(image) >= 5:
                width, height = height, width
        return {
            "text": "",
            "words": [],
            "width": width * 72 / dpi,
            "height": height * 72 / dpi,
            "image_cover": 1.0,
            "inner_characters": 0,
            "drawings": 0,
            "invisible": False,
            "turn": 0,
            "beside": "",
            "pictures": [],
        }

    def raster(self, number: int, dpi: int, as_photo: bool | None, place: Sequence[float] | None = None) -> Raster:
        """The frame in gray, scaled down to `dpi` and 25 megapixels, never up; a photo's sheet straightened.

        `place` is a part of the upright picture, which alone has to keep to the megapixels.
        """
        if place is not None:
            return self._part(number, dpi, bool(as_photo), place)
        with self._frame(number) as image:
            is_photo = _may_be_photo(image) if as_photo is None else as_photo
            scale = _scale(image, None if is_photo else dpi)
            shown_dpi = _dpi(image) * scale
            gray, fault = self._pixels(number, scale, "L")
        if is_photo:
            return photographed(gray, dpi, shown_dpi, must=as_photo is True, fault=fault)
        return as_raster(gray, shown_dpi, fault=fault)

    def picture(self, number: int, dpi: int, place: Sequence[float] | None = None) -> bytes:
        """The frame, or a place on it, as a WebP in colour, scaled down as `raster`."""
        with self._frame(number) as image:
            scale = _scale(image, dpi)
        colour, _ = self._pixels(number, scale, "RGB")
        if place is not None:
            left, top, right, bottom = (
                round(part * side) for part, side in zip(place, (colour.width, colour.height) * 2, strict=True)
            )
            colour = colour.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
        return for_people(colour)

    def copy(self, number: int, to: SearchableCopy, words: Sequence[Placed], turn: int) -> None:
        """Add the frame, and words on it, to a searchable copy: in colour, at most 200 dots an inch."""
        with self._frame(number) as image:
            scale = _scale(image, _COPY_DPI)
            dpi = _dpi(image) * scale
        colour, _ = self._pixels(number, scale, "RGB")
        target = BytesIO()
        colour.save(target, "JPEG", quality=_COPY_QUALITY)
        to.add_picture(target.getvalue(), (colour.width * 72 / dpi, colour.height * 72 / dpi), words, turn)

    def _part(self, number: int, dpi: int, as_photo: bool, place: Sequence[float]) -> Raster:
        left, top, right, bottom = place
        with self._frame(number) as image:
            scale = min(1.0, dpi / _dpi(image), sqrt(MAX_PIXELS / (image.width * image.height * (right - left) * (bottom - top))))
            shown_dpi = _dpi(image) * scale
        gray, fault = self._pixels(number, scale, "L")
        width, height = gray.size
        part = gray.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))
        shown = (
            photographed(part, dpi, shown_dpi, must=True, fault=fault) if as_photo else as_raster(part, shown_dpi, fault=fault)
        )
        return replace(shown, placement=after(placed((left, top, right, bottom)), shown.placement))

    def _pixels(self, number: int, scale: float, mode: str) -> tuple[Image.Image, str]:
        """The upright pixels and "", or as many as a cut file holds and the code that says so."""
        try:
            with self._frame(number) as image:
                return _upright(_decoded(image, scale, mode), image), ""
        except CorruptFile:
            with self._frame(number) as image, as_far_as_it_goes():
                return _upright(_decoded(image, scale, mode), image), CorruptFile.code

    @contextmanager
    def _frame(self, number: int) -> Iterator[Image.Image]:
        # A buffer of its own each time, because libtiff moves the place in the file behind Python's back.
        with os.fdopen(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            try:
                with Image.open(file, formats=_FORMATS) as image:
                    if number > 1:
                        image.seek(number - 1)
                    yield image
            except (UnidentifiedImageError, OSError, SyntaxError, EOFError) as error:
                raise CorruptFile(type(error).__name__) from error


def _dpi(image: Image.Image) -> float:
    declared = image.info.get("dpi", (0, 0))[0]
    if round(declared) in _TRUSTED_DPI:
        return float(declared)
    # As if it filled an A4: a sheet by its long side, a receipt or a chat by its short one, whatever its length.
    return float(max(72.0, min(side / inches for side, inches in zip(sorted(image.size), _A4_INCHES, strict=True))))


def _may_be_photo(image: Image.Image) -> bool:
    return image.width * image.height >= _PHOTO_PIXELS and round(image.info.get("dpi", (0, 0))[0]) not in _TRUSTED_DPI


def _scale(image: Image.Image, dpi: int | None) -> float:
    width, height = image.size
    scale = min(1.0, sqrt(MAX_PIXELS / (width * height)), MAX_SIDE / max(width, height))
    return scale if dpi is None else min(scale, dpi / _dpi(image))


def _decoded(image: Image.Image, scale: float, mode: str) -> Image.Image:
    """The pixels in mode L or RGB, at `scale` of their size."""
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # Decodes a JPEG at half, quarter or eighth where that is still enough; CMYK cannot be decoded as gray.
    image.draft(mode if image.mode in ("L", "RGB") else None, size)
    image.load()
    flat = _on_white(image).convert(mode)
    return flat if flat.size == size else flat.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _on_white(image: Image.Image) -> Image.Image:
    """The image without transparency and with 8 bits a channel."""
    if image.mode.startswith("I") or image.mode == "F":
        # 16 bits: converting would clip everything above 255 to white.
        return image.convert("F").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        return white
    return image


def _orientation(image: Image.Image) -> int:
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    return orientation if isinstance(orientation, int) else 1


def _upright(pixels: Image.Image, original: Image.Image) -> Image.Image:
    """The pixels turned as the camera was held; `original` must be loaded, because loading turns a TIFF by itself."""
    turn = _TURNS.get(_orientation(original))
    return pixels if turn is None else pixels.transpose(turn)
