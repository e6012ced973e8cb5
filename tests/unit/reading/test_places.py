"""Pictures pasted beside typed text are read where they stand; the layer's words stay, and what they cover is not read again."""

from dataclasses import dataclass, field, replace

import pytest

from ingest.domain.pages import Word
from ingest.domain.placement import IDENTITY, Box, placed
from ingest.errors import CorruptFile, ParserTimeout
from ingest.reading.page import OcrReading, read_page, without_ocr
from ingest.reading.places import unread_places
from ingest.reading.ports import Layer, OcrText, Picture, Raster

TYPED = "INFORME N.º 91-2025\nSe adjunta el recibo:\n"
HEAD = (Word("INFORME", 0.1, 0.05, 0.3, 0.07),)
RECEIPT = Picture((0.1, 0.4, 0.9, 0.7), 200.0)
SEEN = OcrText("RUC 10456789123", (Word("RUC", 0.0, 0.0, 0.5, 0.5), Word("10456789123", 0.5, 0.5, 1.0, 1.0)), 0.9)


def typed(*pictures: Picture, text: str = TYPED, words: tuple[Word, ...] = HEAD, **evidence: object) -> Layer:
    cover = min(1.0, sum((one.box[2] - one.box[0]) * (one.box[3] - one.box[1]) for one in pictures))
    page = Layer(text, words, 595, 842, cover, len(text), 0, False, pictures=pictures)
    return replace(page, **evidence)  # type: ignore[arg-type]


@dataclass
class File:
    """Rasters of 10 × 10 white pixels, or what stands for a place; remembers which were asked for."""

    evidence: Layer
    fails: Exception | None = None
    asked: list[tuple[Box | None, int]] = field(default_factory=list)
    page_count: int = 1

    def layer(self, page: int) -> Layer:
        return self.evidence

    def raster(self, page: int, dpi: int, as_photo: bool | None = None, place: Box | None = None) -> Raster:
        self.asked.append((place, dpi))
        if self.fails:
            raise self.fails
        return Raster(10, 10, dpi, b"\x00" * 100, placed(place) if place else IDENTITY)

    def picture(self, page: int, dpi: int) -> bytes:
        raise NotImplementedError


@dataclass
class Ocr:
    sees: OcrText | Exception = SEEN
    read_pixels: list[bytes] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    recipe: str = "fake"

    def installed(self) -> set[str]:
        return {"spa"}

    def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
        self.read_pixels.append(raster.pixels)
        self.shares.append(share)
        if isinstance(self.sees, Exception):
            raise self.sees
        return self.sees


def test_a_pasted_receipt_is_read_where_it_stands_and_the_typed_lines_stay() -> None:
    file = File(typed(RECEIPT))
    page = read_page(file, 1, Ocr(), "spa")
    assert (page.how, page.fault) == ("layer", "")
    assert page.text == f"{TYPED}\nRUC 10456789123\n"
    assert page.words[:1] == HEAD
    assert page.words[1][1:] == pytest.approx((0.1, 0.4, 0.5, 0.55))
    assert [place for place, _ in file.asked] == [RECEIPT.box]
    assert without_ocr(file, 1) is None


@pytest.mark.parametrize(
    "page",
    [
        typed(),
        typed(Picture((0.1, 0.02, 0.2, 0.09), 200)),  # a coat of arms
        typed(Picture((0.1, 0.2, 0.9, 0.21), 200)),  # a line as a picture
        typed(RECEIPT, words=(Word("x", 0.1, 0.4, 0.9, 0.5),)),  # covered by the layer
        typed(RECEIPT, text="Constancia de pago por el concepto indicado " * 3, invisible=True),  # read by another program
    ],
)
def test_other_pages_cost_nothing(page: Layer) -> None:
    assert unread_places(page) == []
    found = without_ocr(File(page), 1)
    assert found is not None
    assert found.text == page.text


def test_strips_of_one_picture_are_one_place_and_pictures_apart_are_two() -> None:
    strips = [Picture((0.1, 0.3 + n / 100, 0.9, 0.31 + n / 100), 200) for n in range(30)]
    (place,) = unread_places(typed(*strips[::2], *strips[1::2]))
    assert place.box == pytest.approx((0.1, 0.3, 0.9, 0.6))
    apart = Picture((0.1, 0.75, 0.4, 0.9), 200)
    assert [one.box for one in unread_places(typed(apart, RECEIPT))] == [RECEIPT.box, apart.box]


def test_a_sheet_pasted_small_is_read_with_its_own_dots() -> None:
    assert [one.dpi for one in unread_places(typed(replace(RECEIPT, dpi=150.0)))] == [200]
    assert [one.dpi for one in unread_places(typed(replace(RECEIPT, dpi=300.0)))] == [300]
    assert [one.dpi for one in unread_places(typed(replace(RECEIPT, dpi=2400.0)))] == [471]


def test_words_of_the_layer_that_stand_on_the_picture_are_not_read_twice() -> None:
    stamp = Word("VISADO", 0.1, 0.4, 0.5, 0.43)
    read_page(File(typed(RECEIPT, words=(*HEAD, stamp))), 1, ocr := Ocr(), "spa")
    (pixels,) = ocr.read_pixels
    assert pixels == b"\xff" * 5 + b"\x00" * 95


def test_guesses_at_a_picture_without_text_are_left_out() -> None:
    page = read_page(File(typed(RECEIPT)), 1, Ocr(OcrText("q rj wx", (), 0.3)), "spa")
    assert page.text == TYPED


@pytest.mark.parametrize("fault", [ParserTimeout(), CorruptFile()])
def test_a_place_that_cannot_be_read_leaves_the_layer_and_its_fault(fault: ParserTimeout | CorruptFile) -> None:
    page = read_page(File(typed(RECEIPT)), 1, Ocr(fault), "spa")
    assert (page.text, page.fault) == (TYPED, fault.code)


def test_places_share_a_pages_time() -> None:
    apart = Picture((0.1, 0.75, 0.4, 0.9), 200)
    read_page(File(typed(RECEIPT, apart)), 1, ocr := Ocr(), "spa", 0.5)
    assert ocr.shares == [0.25, 0.25]


BARE = "PLANO DE UBICACION\n" + "la direccion de la institucion educativa hace constar que la senora participo en el acto " * 10


@pytest.mark.parametrize("fault", [ParserTimeout(), CorruptFile()])
@pytest.mark.parametrize("at", ["drawing", "reading"])
def test_a_legible_layer_stays_where_the_page_cannot_be_drawn_or_read(fault: ParserTimeout | CorruptFile, at: str) -> None:
    file = File(typed(text=BARE), fails=fault if at == "drawing" else None)
    page = read_page(file, 1, Ocr(fault), "spa")
    assert (page.how, page.text, page.fault) == ("layer", BARE, fault.code)


def test_and_the_pages_behind_it_get_less_time_all_the_same() -> None:
    reading = OcrReading(File(typed(text=BARE)), ocr := Ocr(ParserTimeout()), "spa")
    assert [reading.page(number).fault for number in (1, 2)] == [ParserTimeout.code] * 2
    assert ocr.shares == [1, 0.5]


def test_a_layer_of_garbage_does_not_stay() -> None:
    with pytest.raises(ParserTimeout):
        read_page(File(typed(text="\ue000\ue001\ue002 \ue003" * 20)), 1, Ocr(ParserTimeout()), "spa")


def test_a_long_picture_fitted_to_a_page_is_read_in_bands_with_its_own_dots() -> None:
    chat = Picture((0.45, 0.0, 0.54, 1.0), 1400.0)
    file = File(typed(chat, text="", words=()))
    page = read_page(file, 1, Ocr(), "spa")
    assert page.how == "ocr"
    places = [place for place, _ in file.asked]
    assert None not in places
    assert len(places) > 5
    assert min(dpi for _, dpi in file.asked) > 1000


def test_a_scan_is_still_read_whole() -> None:
    file = File(typed(Picture((0.0, 0.0, 1.0, 1.0), 600.0), text="", words=()))
    read_page(file, 1, Ocr(), "spa")
    assert file.asked == [(None, 200)]


def test_a_file_typed_without_accents_is_asked_once() -> None:
    """Each of its pages cost 5 s, to see what the one before had shown."""
    reading = OcrReading(File(typed(text=BARE)), ocr := Ocr(OcrText(BARE, (), 0.95)), "spa")
    assert [reading.page(number).text for number in range(1, 21)] == [BARE] * 20
    assert len(ocr.shares) == 1


def test_but_one_whose_layer_lost_its_accents_on_each_page() -> None:
    accented = BARE.replace("direccion", "dirección").replace("institucion", "institución")
    reading = OcrReading(File(typed(text=BARE)), Ocr(OcrText(accented, (), 0.95)), "spa")
    assert [reading.page(number).text for number in (1, 2)] == [accented] * 2
