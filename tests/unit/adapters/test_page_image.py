"""A PDF page that is one image: taken out where that is surely what the page shows, rendered everywhere else."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageDraw

from ingest.adapters.parser.reader import ParserReader
from ingest.reading.ports import Raster

pytestmark = pytest.mark.processes

A4 = (595.0, 842.0)


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    yield reader
    reader.stop()


def sheet(mode: str = "L", dpi: int = 150) -> Image.Image:
    """A page with one black block in its top left corner, so that every turn of it looks different."""
    image = Image.new("L", (round(A4[0] * dpi / 72), round(A4[1] * dpi / 72)), 255)
    ImageDraw.Draw(image).rectangle((image.width // 10, image.height // 10, image.width // 3, image.height // 5), fill=0)
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def nothing(_document: pymupdf.Document, _page: pymupdf.Page) -> None:
    """Leave the page as it is."""


def pdf(stream: bytes, change: Callable[[pymupdf.Document, pymupdf.Page], object] = nothing) -> bytes:
    document = pymupdf.open()
    page = document.new_page(width=A4[0], height=A4[1])
    page.insert_image(page.rect, stream=stream)
    change(document, page)
    return bytes(document.tobytes(deflate=True))


def raster(reader: ParserReader, tmp_path: Path, body: bytes) -> Raster:
    path = tmp_path / "page.pdf"
    path.write_bytes(body)
    with reader.open(path) as file:
        return file.raster(1, 200)


def looks_like(raster: Raster, body: bytes) -> bool:
    """Whether the raster shows what MuPDF shows of the page."""
    page = pymupdf.open("pdf", body)[0]
    picture = page.get_pixmap(dpi=20, colorspace=pymupdf.csGRAY)
    shown = Image.frombytes("L", (picture.width, picture.height), picture.samples)
    ours = Image.frombytes("L", (raster.width, raster.height), raster.pixels).resize(shown.size, Image.Resampling.BOX)
    differences = [abs(a - b) for a, b in zip(ours.tobytes(), shown.tobytes(), strict=True)]
    return sum(differences) / len(differences) < 4


IMAGES = {
    "jpeg": encoded(sheet(), "JPEG"),
    "jpeg in colour": encoded(sheet("RGB"), "JPEG"),
    "png": encoded(sheet("RGB"), "PNG"),
    "one bit": encoded(sheet("1"), "PNG"),
    "fax": encoded(sheet("1"), "TIFF", compression="group4"),
    "palette": encoded(sheet("P"), "PNG"),
}


@pytest.mark.parametrize("kind", IMAGES)
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_taken_out_it_shows_what_the_page_shows(reader: ParserReader, tmp_path: Path, kind: str, turn: int) -> None:
    body = pdf(IMAGES[kind], lambda _, page: page.set_rotation(turn))
    taken = raster(reader, tmp_path, body)
    assert taken.dpi == 150  # its own dots, not the 200 of a rendering
    assert looks_like(taken, body)


def test_more_dots_than_asked_for_are_reduced(reader: ParserReader, tmp_path: Path) -> None:
    body = pdf(encoded(sheet(dpi=400), "JPEG"))
    taken = raster(reader, tmp_path, body)
    assert taken.dpi == 200
    assert looks_like(taken, body)


def test_an_image_with_a_margin_lies_within_the_page(reader: ParserReader, tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page(width=A4[0], height=A4[1])
    page.insert_image((30, 30, 565, 812), stream=IMAGES["jpeg"], keep_proportion=False)
    taken = raster(reader, tmp_path, bytes(document.tobytes()))
    assert taken.dpi == pytest.approx(167, abs=2)
    width, _, left, _, height, top, *_ = taken.placement
    assert (left, top) == pytest.approx((30 / 595, 30 / 842), abs=0.01)
    assert width == pytest.approx(1 - 60 / 595, abs=0.01)
    assert height == pytest.approx(1 - 60 / 842, abs=0.01)


def _content(document: pymupdf.Document, page: pymupdf.Page, before: bytes, after: bytes = b"") -> None:
    xref = page.get_contents()[0]
    document.update_stream(xref, before + document.xref_stream(xref) + after)


def _key(name: str, value: str) -> Callable[[pymupdf.Document, pymupdf.Page], None]:
    return lambda document, page: document.xref_set_key(page.get_images()[0][0], name, value)


INVERSE = "<</FunctionType 2 /Domain [0 1] /C0 [1] /C1 [0] /N 1>>"
CHANGES: dict[str, Callable[[pymupdf.Document, pymupdf.Page], object]] = {
    "text over it": lambda _, page: page.insert_text((72, 700), "SELLO", fontsize=40),
    "a drawing": lambda _, page: page.draw_rect((100, 500, 400, 700), fill=(0, 0, 0)),
    "a clip": lambda document, page: _content(document, page, b"q 0 421 595 421 re W n ", b" Q"),
    "slanted": lambda document, page: _content(document, page, b"q 1 0.05 -0.05 1 0 0 cm ", b" Q"),
    "mirrored": lambda document, page: _content(document, page, b"q -1 0 0 1 595 0 cm ", b" Q"),
    "stretched over the edge": lambda document, page: _content(document, page, b"q 2 0 0 2 0 -842 cm ", b" Q"),
    "cut by a crop box": lambda _, page: page.set_cropbox(pymupdf.Rect(0, 0, 400, 500)),
    "an annotation": lambda _, page: page.add_freetext_annot((72, 500, 300, 600), "VISTO", fontsize=30),
    "inverted": _key("Decode", "[1 0]"),
    "in an ink of its own": _key("ColorSpace", "[/Separation /Black /DeviceGray " + INVERSE + "]"),
    "a colour-key mask": _key("Mask", "[0 10]"),
    "painted twice": lambda _, page: page.insert_image((300, 400, 500, 600), stream=IMAGES["jpeg"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_where_that_is_not_sure_the_page_is_rendered(reader: ParserReader, tmp_path: Path, change: str) -> None:
    body = pdf(IMAGES["jpeg"], CHANGES[change])
    rendered = raster(reader, tmp_path, body)
    assert rendered.dpi == 200
    assert looks_like(rendered, body)


def test_other_images_are_rendered(reader: ParserReader, tmp_path: Path) -> None:
    transparent = sheet("RGBA")
    transparent.putalpha(Image.linear_gradient("L").resize(transparent.size))
    for stream in (encoded(sheet("CMYK"), "JPEG"), encoded(transparent, "PNG"), encoded(sheet(dpi=60), "JPEG")):
        body = pdf(stream)
        rendered = raster(reader, tmp_path, body)
        assert rendered.dpi == 200
        assert looks_like(rendered, body)


def shortened(body: bytes, jpeg: bytes) -> bytes:
    """The PDF with these bytes as its image, whatever they are worth."""
    document = pymupdf.open("pdf", body)
    xref = document[0].get_images()[0][0]
    keys = {key: document.xref_get_key(xref, key)[1] for key in document.xref_get_keys(xref) if key != "Length"}
    document.update_stream(xref, jpeg, compress=False)
    for key, value in keys.items():
        document.xref_set_key(xref, key, value)
    return bytes(document.tobytes())


@pytest.mark.parametrize("change", [None, "text over it", "a clip"])
@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_cut_jpeg_is_told_taken_out_or_rendered(reader: ParserReader, tmp_path: Path, mode: str, change: str | None) -> None:
    whole = encoded(Image.effect_noise((1240, 1754), 60).convert(mode), "JPEG")
    body = pdf(whole, CHANGES[change] if change else nothing)
    assert raster(reader, tmp_path, body).fault == ""
    taken = raster(reader, tmp_path, shortened(body, whole[: len(whole) // 2]))
    assert taken.fault == "corrupt_file"
    assert len(set(taken.pixels[: 1240 * 300])) > 50


def test_a_jpeg_that_lacks_its_end_mark_alone_is_whole(reader: ParserReader, tmp_path: Path) -> None:
    whole = encoded(Image.effect_noise((1240, 1754), 60), "JPEG")
    for change in (nothing, CHANGES["text over it"]):
        body = shortened(pdf(whole, change), whole[:-2] + bytes(3000))
        assert raster(reader, tmp_path, body).fault == ""
