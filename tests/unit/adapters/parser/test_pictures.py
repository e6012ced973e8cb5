"""Pictures of the kinds that phones and old programs make are read, or named for what they are."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from ingest.adapters.parser.reader import ParserReader
from ingest.errors import CorruptFile, NotADocument, UnsupportedType
from ingest.reading.ports import Raster
from tests.support import made

pytestmark = pytest.mark.processes

HEIC = Path(__file__).parents[3] / "fixtures" / "iphone.heic"  # of `made.photo`, as pillow-heif 1.8 writes it


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    yield reader
    reader.stop()


def upright() -> Image.Image:
    return Image.open(io.BytesIO(made.photo("alcornoque", 1))).convert("L")


def differs_by(raster: Raster) -> float:
    """Gray levels, on average, from the picture as it was made."""
    shown = Image.frombytes("L", (raster.width, raster.height), raster.pixels)
    return float(ImageStat.Stat(ImageChops.difference(shown, upright().resize(shown.size))).mean[0])


@pytest.mark.parametrize("kind", ["GIF", "BMP", "JPEG2000", "AVIF"])
def test_a_picture_is_one_page_of_its_pixels(reader: ParserReader, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "picture"
    upright().save(file, kind)
    with reader.open(file) as opened:
        assert opened.page_count == 1
        assert differs_by(opened.raster(1, 200, as_photo=False)) < 3
        assert opened.picture(1, 50)[8:12] == b"WEBP"


def test_an_animated_picture_is_one_page(reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    upright().save(file, "GIF", save_all=True, append_images=[Image.new("L", upright().size)])
    with reader.open(file) as opened:
        assert opened.page_count == 1
        assert differs_by(opened.raster(1, 200, as_photo=False)) < 3


def test_an_iphone_s_photo_stands_upright(reader: ParserReader) -> None:
    with reader.open(HEIC) as opened:
        layer = opened.layer(1)
        assert layer.height > layer.width
        assert differs_by(opened.raster(1, 200, as_photo=False)) < 5
        assert opened.raster(1, 200, as_photo=True).width
        assert opened.picture(1, 50)[8:12] == b"WEBP"


def test_who_may_start_threads_reads_no_other_file(reader: ParserReader, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(made.blank())
    with reader.open(other) as opened:
        opened.layer(1)
    plain = reader.pid
    with reader.open(HEIC) as opened:
        opened.raster(1, 50, as_photo=False)
        threaded = reader.pid
    assert plain != threaded
    with reader.open(other) as opened:
        opened.layer(1)
        assert reader.pid != threaded


def test_a_cut_photo_is_corrupt(reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "cut.heic"
    for size in (200, 5000):
        file.write_bytes(HEIC.read_bytes()[:size])
        with pytest.raises(CorruptFile), reader.open(file) as opened:
            opened.raster(1, 50, as_photo=False)


def test_a_picture_that_nothing_decodes_is_no_document_of_unknown_kind(reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100))
    with pytest.raises(UnsupportedType), reader.open(file):
        pass
    file.write_bytes(b"BM es el comienzo de un texto")
    with pytest.raises(NotADocument), reader.open(file):
        pass
