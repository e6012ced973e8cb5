"""How lines of text lie on a page, told from its ink."""

import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageDraw

from ingest.reading.text_lines import line_layout_of
from tests.support import made


def page(turn: float = 0) -> "np.typing.NDArray[np.uint8]":
    document = pymupdf.open("pdf", made.born_digital("renglones", 1))
    picture = document[0].get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (picture.width, picture.height), picture.samples)
    return np.asarray(image.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=255).reduce(4))


@pytest.mark.parametrize("slope", [-4.0, -1.0, 0.0, 2.4])
def test_a_slope_is_measured(slope: float) -> None:
    lie = line_layout_of(page(-slope))
    assert lie.slope == pytest.approx(slope, abs=0.25)
    assert (lie.is_sideways, lie.is_clear) == (False, True)


@pytest.mark.parametrize("turn", [90, 270])
def test_lines_that_run_up_the_page(turn: int) -> None:
    assert line_layout_of(page(turn)).is_sideways


def test_upside_down_is_level() -> None:
    assert not line_layout_of(page(180)).is_sideways


def test_no_lines_to_be_seen() -> None:
    blank = np.full((585, 413), 250, np.uint8)
    rng = np.random.default_rng(1)
    disc = Image.new("L", (413, 585), 240)
    ImageDraw.Draw(disc).ellipse((100, 200, 300, 400), fill=60)
    for picture in (blank, rng.integers(0, 255, (585, 413), np.uint8), np.asarray(disc)):
        lie = line_layout_of(picture)
        assert (lie.slope, lie.is_sideways, lie.is_clear) == (0.0, False, False)
