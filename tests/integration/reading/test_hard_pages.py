"""Pages as they come from scanners and phones, read whole: turned, at a slope, noisy, small, photographed, cut."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageFilter
from rapidfuzz.distance import Levenshtein

from ingest.adapters.parser.reader import ParserReader
from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.domain.pages import Page
from ingest.reading.page import read_page
from tests.support import made

WORD = "expediente"
_CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    yield reader
    reader.stop()


@pytest.fixture(scope="module")
def letter() -> Image.Image:
    """A page of a letter, gray, at 200 dpi, with its text twice."""
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((64, 72), made.office_text(WORD), fontsize=11)
    page.insert_text((64, 372), made.office_text(WORD, 124), fontsize=11)
    picture = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (picture.width, picture.height), picture.samples)


TRUTH = made.office_text(WORD) + made.office_text(WORD, 124)


def read(reader: ParserReader, path: Path, image: Image.Image, kind: str = "PNG", **options: object) -> Page:
    out = io.BytesIO()
    image.save(out, kind, **{"dpi": (200, 200)} | options)
    path.write_bytes(out.getvalue())
    return read_file(reader, path)


def read_file(reader: ParserReader, path: Path) -> Page:
    with reader.open(path) as file:
        return read_page(file, 1, TesseractEngine(page_seconds=60), "spa")


def errors(page: Page) -> float:
    """The character error rate; the sign of "N.º" aside, which Tesseract has not learnt."""
    seen, truth = (" ".join(text.split()) for text in (page.text, TRUTH))
    return Levenshtein.distance(seen, truth) / len(truth)


def place(page: Page) -> tuple[float, float]:
    """The middle of the first "ASUNTO:" on the page as shown."""
    word = next(word for word in page.words if word.text.startswith("ASUNTO"))
    return (word.left + word.right) / 2, (word.top + word.bottom) / 2


@pytest.fixture(scope="module")
def level(reader: ParserReader, letter: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return read(reader, tmp_path_factory.mktemp("level") / "page", letter)


def test_a_level_page(level: Page) -> None:
    assert errors(level) < 0.01
    assert (level.how, level.orientation, level.language, level.fault) == ("ocr", 0, "spa", "")
    assert level.confidence > 0.9


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page(reader: ParserReader, letter: Image.Image, level: Page, tmp_path: Path, turn: int) -> None:
    page = read(reader, tmp_path / "page", letter.transpose(_CLOCKWISE[turn]))
    assert errors(page) < 0.01
    assert page.orientation == (360 - turn) % 360
    x, y = place(level)
    shown = {90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}[turn]
    assert place(page) == pytest.approx(shown, abs=0.01)


def test_lines_at_a_slope(reader: ParserReader, letter: Image.Image, tmp_path: Path) -> None:
    page = read(reader, tmp_path / "page", letter.rotate(-2.6, Image.Resampling.BICUBIC, fillcolor=255))
    assert errors(page) < 0.01
    plain = read(reader, tmp_path / "page", letter)
    assert place(page) == pytest.approx(place(plain), abs=0.04)


def test_a_noisy_photocopy(reader: ParserReader, letter: Image.Image, tmp_path: Path) -> None:
    levels = np.asarray(letter, np.float32) / 255 * 180 + 60
    rng = np.random.default_rng(3)
    levels += rng.normal(0, 45, levels.shape)
    specks = rng.random(levels.shape)
    levels[specks < 0.04], levels[specks > 0.96] = 0, 255
    page = read(reader, tmp_path / "page", Image.fromarray(np.clip(levels, 0, 255).astype("uint8")))
    assert errors(page) < 0.02


def test_a_small_picture_is_enlarged(reader: ParserReader, letter: Image.Image, tmp_path: Path) -> None:
    small = letter.resize((letter.width * 7 // 20, letter.height * 7 // 20), Image.Resampling.BOX)
    page = read(reader, tmp_path / "page", small, dpi=(70, 70))
    assert errors(page) < 0.10


def photo(letter: Image.Image) -> Image.Image:
    """The letter on a dark desk, held at an angle, with a shadow across it."""
    width, height = 2000, 2600
    rows = []
    corners = [(230, 190), (1790, 280), (1830, 2390), (170, 2330)]
    frame = [(0, 0), (letter.width, 0), (letter.width, letter.height), (0, letter.height)]
    for (x, y), (u, v) in zip(corners, frame, strict=True):
        rows += [([x, y, 1, 0, 0, 0, -u * x, -u * y], u), ([0, 0, 0, x, y, 1, -v * x, -v * y], v)]
    warp = np.linalg.solve(np.array([row for row, _ in rows], float), np.array([value for _, value in rows], float))
    paper = np.asarray(letter.transform((width, height), Image.Transform.PERSPECTIVE, warp, Image.Resampling.BICUBIC), np.float32)
    whole = Image.new("L", letter.size, 255).transform((width, height), Image.Transform.PERSPECTIVE, warp)
    mask = np.asarray(whole, np.float32) / 255
    light = np.linspace(0.95, 0.55, width, dtype=np.float32)[None, :] * np.where(np.arange(height) > 1300, 0.65, 1.0)[:, None]
    shot = (paper * mask + 70 * (1 - mask)) * light + np.random.default_rng(5).normal(0, 4, paper.shape)
    return Image.fromarray(np.clip(shot, 0, 255).astype("uint8")).convert("RGB").filter(ImageFilter.GaussianBlur(0.7))


def test_a_phones_photo_is_straightened(reader: ParserReader, letter: Image.Image, tmp_path: Path) -> None:
    page = read(reader, tmp_path / "photo", photo(letter), "JPEG", dpi=(72, 72), quality=85)
    assert errors(page) < 0.01
    assert page.orientation == 0
    # Where the word stands in the photo, not on the straightened sheet.
    assert place(page) == pytest.approx((0.21, 0.20), abs=0.04)


def test_a_photo_within_a_pdf(reader: ParserReader, letter: Image.Image, tmp_path: Path) -> None:
    out = io.BytesIO()
    photo(letter).save(out, "JPEG", quality=85)
    document = pymupdf.open()
    page = document.new_page()
    page.insert_image(page.rect, stream=out.getvalue())
    (tmp_path / "photo.pdf").write_bytes(document.tobytes())
    assert errors(read_file(reader, tmp_path / "photo.pdf")) < 0.02


def test_a_cut_jpeg_gives_its_text_as_far_as_it_goes(reader: ParserReader, letter: Image.Image, tmp_path: Path) -> None:
    out = io.BytesIO()
    letter.save(out, "JPEG", dpi=(200, 200))
    (tmp_path / "cut.jpg").write_bytes(out.getvalue()[: len(out.getvalue()) // 2])
    page = read_file(reader, tmp_path / "cut.jpg")
    assert page.fault == "corrupt_file"
    assert "OFICIO" in page.text
    assert "124-2025" not in page.text
