"""A part of a page's picture, on a grid, so that nearly the same part is the same picture."""

from math import ceil, floor
from typing import NamedTuple, Self

from ingest.domain.placement import Box

GRID = 200  # lines across and down a page: an A4's are 1.5 mm apart


class Crop(NamedTuple):
    """Left, top, right and bottom in lines of the grid; right and bottom lie beyond left and top."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, box: Box) -> Self:
        """The smallest crop that holds this box (fractions of the page), as far as it lies on the page."""
        left, top, right, bottom = (round(min(1.0, max(0.0, side)) * GRID, 4) for side in box)
        crop = cls(floor(left), floor(top), ceil(right), ceil(bottom))
        return crop._replace(
            left=min(crop.left, GRID - 1),
            top=min(crop.top, GRID - 1),
            right=min(GRID, max(crop.right, crop.left + 1)),
            bottom=min(GRID, max(crop.bottom, crop.top + 1)),
        )

    @property
    def box(self) -> Box:
        """The crop in fractions of the page."""
        return (self.left / GRID, self.top / GRID, self.right / GRID, self.bottom / GRID)

    def __str__(self) -> str:
        """As a parameter of an URL."""
        return ",".join(f"{side:g}" for side in self.box)
