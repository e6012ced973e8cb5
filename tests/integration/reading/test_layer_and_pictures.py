"""Text that was lost silently, on pages made on the spot and read by the real parser and Tesseract."""

import io
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.adapters.parser.reader import ParserReader
from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.domain.pages import Page
from ingest.reading.page import read_page, without_ocr

SHORT = "La Dirección hace constar la participación de la señora Núñez en la capacitación."
CARD = ["Recibo de honorarios", "RUC 10456789123", "Clave alcornoque"]


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    yield reader
    reader.stop()


def read(reader: ParserReader, path: Path, body: bytes) -> Page:
    path.write_bytes(body)
    with reader.open(path) as file:
        return read_page(file, 1, TesseractEngine(page_seconds=60), "spa")


def picture(width: int, height: int, size: int, lines: dict[int, str]) -> bytes:
    """Lines of text at these heights, as a PNG that says nothing of its dots."""
    image = Image.new("L", (width, height), 255)
    font = ImageFont.load_default(size)
    for top, line in lines.items():
        ImageDraw.Draw(image).text((20, top), line, font=font, fill=0)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pasted(card: bytes, *boxes: tuple[int, int, int, int], rotate: int = 0, turn: int = 0) -> bytes:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((60, 80), "INFORME N.º 91-2025")
    page.insert_text((60, 110), "Se adjunta el recibo:")
    for box in boxes:
        page.insert_image(box, stream=card, rotate=rotate)
    page.insert_text((60, 800), "Lima, marzo de 2025")
    page.set_rotation(turn)
    return bytes(document.tobytes(deflate=True))


RECEIPT = picture(1320, 300, 50, {20 + 90 * n: line for n, line in enumerate(CARD)})


@pytest.mark.parametrize(
    ("box", "rotate", "turn"),
    [((60, 300, 535, 590), 0, 0), ((60, 300, 300, 400), 0, 0), ((60, 300, 300, 700), 90, 0), ((60, 300, 535, 590), 0, 90)],
    ids=["28 %", "5 %", "lying", "on a turned page"],
)
def test_a_receipt_pasted_under_typed_lines(
    reader: ParserReader, tmp_path: Path, box: tuple[int, int, int, int], rotate: int, turn: int
) -> None:
    page = read(reader, tmp_path / "page.pdf", pasted(RECEIPT, box, rotate=rotate, turn=turn))
    assert page.text.startswith("INFORME N.º 91-2025\nSe adjunta el recibo:\nLima, marzo de 2025")
    for word in ("10456789123", "alcornoque"):
        assert word in page.text
        (seen,) = (one for one in page.words if word in one.text)
        if not turn:
            assert box[0] - 5 <= seen.left * 595 <= seen.right * 595 <= box[2] + 5
            assert box[1] - 5 <= seen.top * 842 <= seen.bottom * 842 <= box[3] + 5


def test_two_receipts_on_a_page_are_both_read(reader: ParserReader, tmp_path: Path) -> None:
    page = read(reader, tmp_path / "page.pdf", pasted(RECEIPT, (60, 200, 300, 300), (300, 500, 540, 600)))
    assert page.text.count("alcornoque") == 2


LONG = {
    20: "RUC 20131370645",
    60: "BOLETA B001-000123",
    3100: "Cuaderno rayado",
    6000: "Total 1,234.50",
    6200: "Clave alcornoque",
}


def test_a_receipt_of_eighty_centimetres(reader: ParserReader, tmp_path: Path) -> None:
    page = read(reader, tmp_path / "page", picture(576, 6277, 22, LONG))
    assert page.text.split("\n") == list(LONG.values())


def test_a_screenshot_longer_than_a_raster_may_be(reader: ParserReader, tmp_path: Path) -> None:
    lines = {20: "WhatsApp Mesa de Partes", 20000: "El responsable registra", 39900: "Clave alcornoque"}
    page = read(reader, tmp_path / "page", picture(1080, 40_000, 34, lines))
    assert page.text.split("\n") == list(lines.values())


def test_a_long_picture_that_was_fitted_to_a_page(reader: ParserReader, tmp_path: Path) -> None:
    document = pymupdf.open()
    document.new_page().insert_image((260, 0, 337, 842), stream=picture(576, 6277, 22, LONG))
    page = read(reader, tmp_path / "page.pdf", document.tobytes())
    assert page.how == "ocr"
    assert page.text.split("\n")[:-1] == list(LONG.values())


def test_the_layer_of_a_scan_in_another_encoding(reader: ParserReader, tmp_path: Path) -> None:
    drawn = pymupdf.open()
    drawn.new_page().insert_textbox((60, 60, 535, 400), SHORT, fontsize=11)
    document = pymupdf.open()
    page = document.new_page()
    page.insert_image(page.rect, stream=drawn[0].get_pixmap(dpi=200).tobytes("png"))
    page.insert_textbox((60, 60, 535, 400), SHORT.encode().decode("latin-1"), fontsize=9, render_mode=3)
    assert "participación" in read(reader, tmp_path / "page.pdf", document.tobytes()).text


@pytest.mark.parametrize(("size", "ink"), [(3, 0.0), (6, 0.85)], ids=["3 pt", "pale"])
def test_print_that_ocr_does_not_see_keeps_its_layer(reader: ParserReader, tmp_path: Path, size: int, ink: float) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((60, 60), "PLANILLA DE HABERES", fontsize=20)
    for n in range(45):
        line = f"QUISPE MAMANI ROSA DNI {45670000 + n} AUXILIAR NOMBRADO"
        page.insert_text((60, 90 + 6 * n), line, fontsize=size, color=(ink,) * 3)
    (path := tmp_path / "page.pdf").write_bytes(document.tobytes())
    with reader.open(path) as file:
        found = without_ocr(file, 1)
    assert found is not None
    assert "45670007" in found.text
