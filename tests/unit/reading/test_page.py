"""One page read: which pixels, which reading is kept, and what the page says of itself."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest.domain.pages import Word
from ingest.domain.placement import turned
from ingest.errors import ParserTimeout
from ingest.reading.page import OcrReading, read_page
from ingest.reading.ports import Layer, OcrText, Raster
from tests.support import made


def layer(text: str = "", cover: float = 1.0) -> Layer:
    return Layer(text, (), 595, 842, cover, len(text), False, False)


@dataclass
class File:
    """Pixels at a turn; as a photo they are another raster, of 2 × 1 pixels."""

    evidence: Layer
    page: Raster = field(default_factory=lambda: Raster(1, 1, 200, b"p", turned(90)))
    asked: list[bool | None] = field(default_factory=list)
    page_count: int = 1

    def layer(self, page: int) -> Layer:
        return self.evidence

    def raster(self, page: int, dpi: int, as_photo: bool | None = None) -> Raster:
        self.asked.append(as_photo)
        return Raster(2, 1, dpi, b"ph", is_straightened=True) if as_photo else self.page

    def picture(self, page: int, dpi: int) -> bytes:
        raise NotImplementedError


@dataclass
class Ocr:
    """Sees `of_page` in the page's pixels, `of_photo` in a photo's."""

    of_page: OcrText | Exception
    of_photo: OcrText | Exception | None = None
    recipe: str = "fake"

    def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
        seen = self.of_photo if raster.width == 2 else self.of_page
        if isinstance(seen, Exception):
            raise seen
        return seen or OcrText("", (), 0.0)


GOOD = OcrText(made.office_text("clara"), (Word("clara", 0.1, 0.2, 0.3, 0.4),), 0.95, 90)
BAD = OcrText("q rj wx zz", (), 0.4)


def test_words_are_put_back_on_the_page_and_the_page_says_what_it_is() -> None:
    page = read_page(file := File(layer()), 1, Ocr(GOOD), "spa")
    assert (page.how, page.confidence, page.orientation, page.language) == ("ocr", 0.95, 90, "spa")
    assert page.words[0][1:] == pytest.approx((0.2, 0.7, 0.4, 0.9))
    assert file.asked == [None]


def test_after_pages_that_ran_out_of_time_the_others_get_less_of_it() -> None:
    shares: list[float] = []

    class Hanging(Ocr):
        def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
            shares.append(share)
            return super().read(raster, languages, share)

    ocr = Hanging(ParserTimeout())
    reading = OcrReading(File(layer()), ocr, "spa")
    for number in range(1, 6):
        with pytest.raises(ParserTimeout):
            reading.page(number)
    ocr.of_page = GOOD
    assert reading.page(6).text == GOOD.text
    assert shares == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 4, 1 / 4])


def test_a_poor_reading_of_a_picture_is_tried_as_a_photo() -> None:
    assert read_page(File(layer()), 1, Ocr(BAD, GOOD), "spa").text == GOOD.text
    assert read_page(File(layer()), 1, Ocr(BAD, OcrText("q", (), 0.3)), "spa").text == BAD.text
    assert read_page(File(layer()), 1, Ocr(BAD, ParserTimeout()), "spa").text == BAD.text


def test_but_not_where_the_page_has_taken_long_already() -> None:
    read_page(file := File(layer()), 1, Ocr(OcrText(BAD.text, (), 0.4, seconds=9.0), GOOD), "spa")
    assert file.asked == [None]


def test_a_cut_picture_stays_one_when_it_is_read_as_a_photo() -> None:
    page = read_page(File(layer(), Raster(1, 1, 200, b"p", fault="corrupt_file")), 1, Ocr(BAD, GOOD), "spa")
    assert (page.text, page.fault) == (GOOD.text, "corrupt_file")


def test_and_a_straightened_one_as_none() -> None:
    file = File(layer(), Raster(1, 1, 200, b"p", is_straightened=True))
    read_page(file, 1, Ocr(BAD), "spa")
    assert file.asked == [None, False]


def test_a_page_without_a_large_picture_is_no_photo() -> None:
    file = File(layer(cover=0.2))
    assert read_page(file, 1, Ocr(BAD, GOOD), "spa").text == BAD.text
    assert file.asked == [None]


def test_a_part_of_a_page_is_text_with_a_fault() -> None:
    page = read_page(File(layer(), Raster(1, 1, 200, b"p", fault="corrupt_file")), 1, Ocr(GOOD), "spa")
    assert (page.text, page.fault) == (GOOD.text, "corrupt_file")


def test_a_layer_says_its_language_and_turn(tmp_path: Path) -> None:
    page = read_page(File(Layer(made.office_text("capa"), (), 595, 842, 0, 400, False, False, 270)), 1, Ocr(BAD), "spa")
    assert (page.how, page.language, page.orientation) == ("layer", "spa", 270)
    assert page.confidence > 0.9
