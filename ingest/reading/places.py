"""Which places on a page its text layer leaves out: pictures pasted beside typed text. Pure judgement over `ports.Layer`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.domain.pages import Word
from ingest.domain.placement import Box
from ingest.reading.look import OCR_DPI
from ingest.reading.ports import Layer, Picture

MIN_AREA = 10_000  # square points: 3.5 cm a side; a coat of arms or a QR code is smaller, a line of a ticket is not
MIN_SIDE = 20  # points: two lines
MAX_COVERED = 0.1  # share of a picture under the layer's words; a letter typed over a background has .2
SHEET_PIXELS = 1654  # an A4's short side at 200 dpi: a sheet pasted small has small letters, and its own dots show them
MOST_PLACES = 50  # an A4 has no room for more of that area
_TOUCHING = 0.004  # of the page; strips of a scan lie so close


@dataclass(frozen=True, slots=True)
class Place:
    """A place to be read by OCR, with so many dots an inch; `words` of the layer stand in it."""

    box: Box
    dpi: int
    words: tuple[Word, ...]


def unread_places(layer: Layer) -> list[Place]:
    """The pictures that are large enough for text and that the layer hardly covers, from the top of the page down."""
    if layer.invisible:
        return []  # an OCR program has seen them
    found = []
    large = [picture for picture in _joined(layer.pictures) if _is_large(picture.box, layer)]
    for picture in large[:MOST_PLACES]:
        words = tuple(word for word in layer.words if _overlap(picture.box, word[1:]) > 0)
        covered = sum(_overlap(picture.box, word[1:]) for word in words)
        if covered < MAX_COVERED * _area(picture.box):
            found.append(Place(picture.box, dpi_of(picture, layer), words))
    return sorted(found, key=lambda place: (place.box[1], place.box[0]))


def dpi_of(picture: Picture, layer: Layer) -> int:
    """As many dots an inch as give its short side those of a sheet, but no more than it has, and 200 at least."""
    left, top, right, bottom = picture.box
    short = max(min((right - left) * layer.width, (bottom - top) * layer.height), 1.0)
    return round(max(OCR_DPI, min(picture.dpi, SHEET_PIXELS * 72 / short)))


def _joined(pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures, those that touch taken for one."""
    joined: list[Picture] = []
    for picture in pictures:
        one = picture
        while near := [other for other in joined if _touch(one.box, other.box)]:
            joined = [other for other in joined if other not in near]
            boxes = [one.box, *(other.box for other in near)]
            lefts, tops, rights, bottoms = zip(*boxes, strict=True)
            one = Picture((min(lefts), min(tops), max(rights), max(bottoms)), max(one.dpi, *(other.dpi for other in near)))
        joined.append(one)
    return joined


def _touch(one: Box, other: Box) -> bool:
    return (
        max(one[0], other[0]) <= min(one[2], other[2]) + _TOUCHING and max(one[1], other[1]) <= min(one[3], other[3]) + _TOUCHING
    )


def _is_large(box: Box, layer: Layer) -> bool:
    width, height = (box[2] - box[0]) * layer.width, (box[3] - box[1]) * layer.height
    return width * height >= MIN_AREA and min(width, height) >= MIN_SIDE


def _overlap(one: Box, other: Box) -> float:
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
