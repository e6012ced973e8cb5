"""Where a raster lies on its page: pure geometry over fractions (0–1) of width and height, origin top left.

A placement is the nine numbers, row by row, of the projective map from the raster to the page as shown.
"""

from math import cos, isfinite, radians, sin

from ingest.domain.pages import Word

Placement = tuple[float, ...]
Box = tuple[float, float, float, float]  # left, top, right, bottom

IDENTITY: Placement = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
_TURNS: dict[int, Placement] = {
    0: IDENTITY,
    90: (0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 1.0),
    180: (-1.0, 0.0, 1.0, 0.0, -1.0, 1.0, 0.0, 0.0, 1.0),
    270: (0.0, -1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
}


def placed(box: Box) -> Placement:
    """Where a raster lies that shows this part of the page and no more."""
    left, top, right, bottom = box
    return (right - left, 0.0, left, 0.0, bottom - top, top, 0.0, 0.0, 1.0)


def turned(degrees: int) -> Placement:
    """Where a raster lies that was turned clockwise by 0, 90, 180 or 270 degrees."""
    return _TURNS[degrees % 360]


def rotated(degrees: float, size: tuple[int, int], new_size: tuple[int, int]) -> Placement:
    """Where a raster of `size` lies that was rotated counter-clockwise about its middle into a frame of `new_size`."""
    (width, height), (across, down) = size, new_size
    c, s = cos(radians(degrees)), sin(radians(degrees))
    x, y = 0.5 - (c * across - s * down) / (2 * width), 0.5 - (s * across + c * down) / (2 * height)
    return (c * across / width, -s * down / width, x, s * across / height, c * down / height, y, 0.0, 0.0, 1.0)


def after(outer: Placement, inner: Placement) -> Placement:
    """The placement of a raster that lies by `inner` on another, which lies by `outer` on the page."""
    return tuple(sum(outer[3 * row + k] * inner[3 * k + column] for k in range(3)) for row in range(3) for column in range(3))


def on_page(words: tuple[Word, ...], placement: Placement) -> tuple[Word, ...]:
    """The words with the upright boxes that hold theirs on the page."""
    if placement == IDENTITY:
        return words
    return tuple(_on_page(word, placement) for word in words)


def checked(values: object) -> Placement:
    """The values as a placement, whatever they were. Raises ValueError, TypeError."""
    placement = tuple(float(value) for value in values)  # type: ignore[attr-defined]  # what cannot be walked raises
    if len(placement) != 9 or not all(isfinite(value) and abs(value) < 1e6 for value in placement):
        raise ValueError("placement")
    return placement


def _on_page(word: Word, placement: Placement) -> Word:
    corners = [_moved(x, y, placement) for x in (word.left, word.right) for y in (word.top, word.bottom)]
    xs, ys = [_fraction(x) for x, _ in corners], [_fraction(y) for _, y in corners]
    return Word(word.text, min(xs), min(ys), max(xs), max(ys))


def _moved(x: float, y: float, placement: Placement) -> tuple[float, float]:
    a, b, c, d, e, f, g, h, i = placement
    depth = g * x + h * y + i
    if depth <= 1e-9:  # behind the camera: no honest raster lies there
        return 0.0, 0.0
    return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth


def _fraction(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
