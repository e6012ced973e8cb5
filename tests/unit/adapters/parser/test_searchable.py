"""A searchable copy looks like the original and has its words where they stand, in the process that parses too."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from ingest.adapters.parser.reader import ParserReader
from ingest.adapters.parser.searchable import SearchableCopy, words_in
from ingest.domain.pages import Word
from ingest.errors import CorruptFile
from tests.support import made

WORDS = (Word("Señor", 0.1, 0.1, 0.2, 0.12), Word("Director:", 0.21, 0.1, 0.34, 0.12), Word("“áéíñü”", 0.1, 0.5, 0.3, 0.53))


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1 << 30, page_seconds=20, max_pages=100)
    yield reader
    reader.stop()


def copied(reader: ParserReader, file: Path, words: tuple[Word, ...], turn: int = 0) -> pymupdf.Document:
    with reader.open(file) as opened:
        for number in range(1, opened.page_count + 1):
            opened.copy_page(number, words if number == 1 else (), turn)
        return pymupdf.open(stream=opened.copied())


@pytest.mark.parametrize("kind", ["scan", "photo", "rotated"])
def test_words_stand_in_their_boxes(reader: ParserReader, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(made.photo("copia") if kind == "photo" else made.scan("copia", 2))
    if kind == "rotated":
        turned = pymupdf.open(stream=file.read_bytes())
        turned[0].set_rotation(90)
        turned.save(file)
    copy = copied(reader, file, WORDS)
    assert copy.page_count == (1 if kind == "photo" else 2)
    page = copy[0]
    width, height = page.rect.width, page.rect.height
    for word in WORDS[:2]:
        (found,) = page.search_for(word.text)
        shown = found * page.rotation_matrix
        assert shown.x0 == pytest.approx(word.left * width, abs=3)
        assert (word.left + word.right) / 2 * width < shown.x1 < word.right * width + 3
        assert word.top * height - 6 < (shown.y0 + shown.y1) / 2 < word.bottom * height + 6
    assert page.search_for('"áéíñü"')


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_lines_that_lie_on_their_side(reader: ParserReader, tmp_path: Path, turn: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(made.scan("copia", 1))
    box = (0.4, 0.3, 0.43, 0.375) if turn != 180 else (0.3, 0.4, 0.4, 0.42)
    page = copied(reader, file, (Word("Vertical", *box),), turn)[0]
    (found,) = page.search_for("Vertical")
    centre = ((found.x0 + found.x1) / 2 / page.rect.width, (found.y0 + found.y1) / 2 / page.rect.height)
    assert centre == pytest.approx(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), abs=0.03)


def test_it_looks_the_same_and_weighs_about_the_same(reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(made.scan("copia", 2))
    copy = copied(reader, file, WORDS)
    before = pymupdf.open(file)[0].get_pixmap(dpi=50)
    assert copy[0].get_pixmap(dpi=50).samples == before.samples
    assert len(copy.tobytes()) < 1.2 * file.stat().st_size + 20_000


def test_a_typed_page_keeps_its_text_once(reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(made.born_digital("mecanografiado", 1))
    text = copied(reader, file, ())[0].get_text()
    assert text == pymupdf.open(file)[0].get_text()


def test_what_a_file_carries_does_not_come_along(reader: ParserReader, tmp_path: Path) -> None:
    with pymupdf.open(stream=made.born_digital("script", 1)) as hostile:
        hostile.embfile_add("malware.exe", b"MZ")
        hostile.xref_set_key(hostile.pdf_catalog(), "OpenAction", "<</S/JavaScript/JS(app.alert(1))>>")
        hostile.save(tmp_path / "file")
    pdf = copied(reader, tmp_path / "file", ()).tobytes()
    assert b"malware" not in pdf
    assert b"JavaScript" not in pdf


def test_pages_come_in_order_and_all(reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(made.scan("copia", 2))
    with reader.open(file) as opened, pytest.raises(CorruptFile):
        opened.copy_page(2, (), 0)
    with reader.open(file) as opened:
        opened.copy_page(1, (), 0)
        with pytest.raises(CorruptFile):
            opened.copied()


@pytest.mark.parametrize("stream", [b"", b"{", b"[1]", b'[["a"]]', b'[["a", "b", 1, 1, 1]]', b"[[1, 2]]" * 3])
def test_words_that_make_no_sense(stream: bytes) -> None:
    with pytest.raises(CorruptFile):
        words_in(stream)


def test_boxes_beyond_reason_are_no_trouble() -> None:
    copy = SearchableCopy()
    picture = BytesIO()
    Image.new("RGB", (60, 80), "white").save(picture, "JPEG")
    words = [("", 0, 0, 1, 1), ("a", 0.5, 0.5, 0.5, 0.5), ("b", 0, 0, 1, 1), ("\u4e00\x00", 0.1, 0.1, 0.2, 0.2)]
    copy.add_picture(picture.getvalue(), (300, 400), words, 0)
    assert pymupdf.open(stream=copy.finished()).page_count == 1
