"""Finds a sheet of paper in a photo, straightens it and evens out its light, with OpenCV.

Imported by the parser process alone, and there only when a photo asks for it: the import takes 0.2 s and 30 MB.
"""

from collections.abc import Iterator
from math import hypot

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ingest.domain.placement import Placement

_SMALL = 800  # pixels of the longer side; enough to see edges, few enough that print is not one
_MIN_AREA = 0.25  # of the picture; a smaller paper is a thing on the page
_MAX_AREA = 0.985  # the frame of the picture itself
_MIN_STEP = 12  # gray levels between the sheet and what lies around it; a frame printed on a page has none
_EDGE = 0.015  # of the picture; an outline this near to its edge runs along it
_UPRIGHT = 0.005  # of the picture; the sides of what no camera saw slope by less
_LONG_SIDE, _SHORT_SIDE = 2339, 1654  # A4 at 200 dpi
_A4_TOLERANCE = 0.18  # perspective shortens one side of a sheet by that much
_LIGHT_REDUCTION = 8

Gray = npt.NDArray[np.uint8]
_Corners = npt.NDArray[np.float32]  # 4 × (x, y), clockwise from the top left


def straightened(image: Image.Image, *, only_aslant: bool) -> tuple[Image.Image, Placement] | None:
    """The sheet as if it had been scanned at 200 dpi, and where it lies on the gray image; None where none is plain to see.

    `only_aslant`: None also for an upright rectangle and for what reaches the picture's edge. That may be the white part of
    a page with a coloured band or ground, whose words would be cut off.
    """
    cv2.setNumThreads(0)  # the parser process may start no thread
    gray = np.asarray(image)
    corners = _corners(gray)
    if corners is None or (only_aslant and not _is_aslant(corners / np.array([image.width, image.height]))):
        return None
    width, height = _size(corners)
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    onto_sheet = cv2.getPerspectiveTransform(corners, frame)
    sheet = cv2.warpPerspective(gray, onto_sheet, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    share = (corners / np.array([image.width, image.height], np.float32)).astype(np.float32)
    placement = cv2.getPerspectiveTransform(unit, share)
    return Image.fromarray(_evened(np.asarray(sheet, np.uint8))), tuple(float(value) for value in placement.ravel())


def evened(image: Image.Image) -> Image.Image:
    """The gray image as if the light fell on it evenly, paper white."""
    cv2.setNumThreads(0)
    return Image.fromarray(_evened(np.asarray(image)))


def _evened(gray: Gray) -> Gray:
    """Divided by the light on the paper: the brightest around each place, blurred. Print is thinner than that place."""
    size = (max(1, gray.shape[1] // _LIGHT_REDUCTION), max(1, gray.shape[0] // _LIGHT_REDUCTION))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    light = cv2.blur(cv2.dilate(small, np.ones((7, 7), np.uint8)), (15, 15))
    light = cv2.resize(light, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, light, scale=245), np.uint8)


def _corners(gray: Gray) -> _Corners | None:
    scale = min(1.0, _SMALL / max(gray.shape))
    shrunk = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = np.asarray(cv2.GaussianBlur(shrunk, (5, 5), 0), np.uint8)
    area = float(small.size)
    best, best_area = None, 0.0
    for outline in _outlines(small):
        corners = _four(outline)
        if corners is None:
            continue
        share = cv2.contourArea(corners) / area
        if _MIN_AREA <= share <= _MAX_AREA and share > best_area and _stands_out(small, corners):
            best, best_area = corners, share
    return None if best is None else (best / scale).astype(np.float32)


def _outlines(small: Gray) -> Iterator[npt.NDArray[np.int32]]:
    """Hulls of what edges enclose, and of what is brighter than the rest (where a shadow breaks the edge)."""
    edges = cv2.dilate(cv2.Canny(small, 30, 90), np.ones((3, 3), np.uint8))
    _, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    for picture in (edges, bright):
        found, _ = cv2.findContours(picture, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(found, key=cv2.contourArea, reverse=True)[:3]:
            yield np.asarray(cv2.convexHull(contour), np.int32)


def _four(outline: npt.NDArray[np.int32]) -> _Corners | None:
    """The outline's four corners, clockwise from the top left; None where it has not just four."""
    length = cv2.arcLength(outline, True)
    for tolerance in (0.01, 0.02, 0.03, 0.05):
        points = cv2.approxPolyDP(outline, tolerance * length, True)
        if len(points) == 4:
            return _clockwise(points.reshape(4, 2).astype(np.float32))
    return None


def _clockwise(points: _Corners) -> _Corners:
    middle = points.mean(axis=0)
    around = points[np.argsort(np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0]))]
    return np.roll(around, -int(around.sum(axis=1).argmin()), axis=0)


def _stands_out(small: Gray, corners: _Corners) -> bool:
    """Whether the paper inside is brighter than a band outside of it, on each side that the picture shows."""
    inside = np.zeros(small.shape, np.uint8)
    cv2.fillConvexPoly(inside, corners.astype(np.int32), 255)
    margin, band = np.ones((9, 9), np.uint8), np.ones((25, 25), np.uint8)
    within = np.asarray(cv2.erode(inside, margin)) > np.asarray(cv2.erode(inside, band))
    without = np.asarray(cv2.dilate(inside, band)) > np.asarray(cv2.dilate(inside, margin))
    if not within.any() or not without.any():
        return False
    return bool(np.median(small[within]) - np.median(small[without]) >= _MIN_STEP)


def _is_aslant(corners: npt.NDArray[np.floating]) -> bool:
    """Whether a camera saw the four corners (fractions of the picture): no side along its edge, nor all sides upright."""
    sides = [(corners[n], corners[(n + 1) % 4]) for n in range(4)]
    # The side from top left to top right runs along x, the next along y, and so on.
    ends = [(one[1 - n % 2], other[1 - n % 2]) for n, (one, other) in enumerate(sides)]
    if any(max(side) < _EDGE or min(side) > 1 - _EDGE for side in ends):
        return False
    return bool(max(abs(one - other) for one, other in ends) > _UPRIGHT)


def _size(corners: _Corners) -> tuple[int, int]:
    """Width and height of the sheet: A4's where it has about its shape."""
    sides = [hypot(*(corners[(n + 1) % 4] - corners[n])) for n in range(4)]
    width, height = max((sides[0] + sides[2]) / 2, 1.0), max((sides[1] + sides[3]) / 2, 1.0)
    shape = min(width, height) / max(width, height)
    a4 = _SHORT_SIDE / _LONG_SIDE
    short = _SHORT_SIDE if abs(shape / a4 - 1) < _A4_TOLERANCE else max(200, round(_LONG_SIDE * shape))
    return (short, _LONG_SIDE) if width < height else (_LONG_SIDE, short)
