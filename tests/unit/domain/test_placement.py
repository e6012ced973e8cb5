"""Boxes found on pixels that were turned, levelled or straightened come back to where the page shows them."""

import pytest
from PIL import Image

from ingest.domain.pages import Word
from ingest.domain.placement import IDENTITY, after, checked, on_page, rotated, turned

PAGE = Image.new("L", (400, 600), 255)
PAGE.paste(0, (40, 60, 80, 90))
WHERE = (0.1, 0.1, 0.2, 0.15)
CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def ink(image: Image.Image) -> Word:
    box = image.point(lambda level: 255 if level < 128 else 0).getbbox()
    assert box is not None
    left, top, right, bottom = box
    return Word("tinta", left / image.width, top / image.height, right / image.width, bottom / image.height)


@pytest.mark.parametrize("degrees", CLOCKWISE)
def test_turned(degrees: int) -> None:
    (word,) = on_page((ink(PAGE.transpose(CLOCKWISE[degrees])),), turned(degrees))
    assert word[1:] == pytest.approx(WHERE, abs=0.001)


@pytest.mark.parametrize("degrees", [2.5, -4.0])
def test_rotated_about_the_middle_into_a_larger_frame(degrees: float) -> None:
    image = PAGE.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=255)
    (word,) = on_page((ink(image),), rotated(degrees, PAGE.size, image.size))
    # The upright box around a box at a slope is a little larger.
    assert word[1:] == pytest.approx(WHERE, abs=0.012)
    assert word.left < WHERE[0]
    assert word.bottom > WHERE[3]


def test_one_after_the_other() -> None:
    upside_down = PAGE.transpose(Image.Transpose.ROTATE_180)
    image = upside_down.rotate(3, Image.Resampling.BILINEAR, expand=True, fillcolor=255)
    (word,) = on_page((ink(image),), after(turned(180), rotated(3, PAGE.size, image.size)))
    assert word[1:] == pytest.approx(WHERE, abs=0.012)


def test_a_box_beyond_the_page_ends_at_its_edge() -> None:
    (word,) = on_page((Word("x", 0.0, 0.0, 1.0, 1.0),), (2.0, 0, -0.5, 0, 2.0, -0.5, 0, 0, 1.0))
    assert word[1:] == (0, 0, 1, 1)


@pytest.mark.parametrize("values", [[1.0] * 8, [float("nan")] * 9, ["x"] * 9, None, [1e300] * 9])
def test_what_is_no_placement(values: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        checked(values)
    assert checked(list(IDENTITY)) == IDENTITY
