"""Reading files in the parser process: what opens, what is refused, and what the pages say."""

import io
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest
from PIL import Image, ImageChops, ImageStat

from ingest.adapters.parser.messages import LENGTHS
from ingest.adapters.parser.reader import ParserReader
from ingest.errors import CorruptFile, EmptyFile, EncryptedPdf, NotADocument, ParserMemory, ParserTimeout, TooManyPages
from tests.support import made

pytestmark = pytest.mark.processes

MEGAPIXELS = 1_000_000


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    yield reader
    reader.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a name says nothing.jpg"


def jpeg(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", EmptyFile),
        (b"<html><body>hola</body></html>", NotADocument),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', NotADocument),
        (b"PK\x03\x04" + b"\0" * 100, NotADocument),
        (b"%PDF-1.7\n%%EOF\n", CorruptFile),
        (b"\xff\xd8\xff\xe0 not a picture", CorruptFile),
        (b"\x89PNG\r\n\x1a\n", CorruptFile),
        (made.no_pages(), CorruptFile),
        (made.born_digital("cortado")[:400], CorruptFile),
        (made.locked("secreto"), EncryptedPdf),
        (made.born_digital("largo", pages=6), TooManyPages),
    ],
)
def test_what_is_refused(reader: ParserReader, file: Path, body: bytes, error: type[Exception]) -> None:
    file.write_bytes(body)
    with pytest.raises(error), reader.open(file):
        pass


def test_text_and_words_of_a_pdf(reader: ParserReader, file: Path) -> None:
    file.write_bytes(made.born_digital("matrícula"))
    with reader.open(file) as opened:
        assert opened.page_count == 2
        layer = opened.layer(2)
    assert "ASUNTO: matrícula" in layer.text
    assert (layer.width, layer.height) == (595, 842)
    assert (layer.image_cover, layer.invisible) == (0, False)
    assert layer.inner_characters > 300
    word = next(word for word in layer.words if word.text == "ASUNTO:")
    assert word.left == pytest.approx(64 / 595, abs=0.01)
    assert 0 < word.top < word.bottom < 0.5


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_words_stand_where_the_turned_page_shows_them(reader: ParserReader, file: Path, turn: int) -> None:
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    page.insert_text((20, 30), "esquina")
    page.set_rotation(turn)
    file.write_bytes(document.tobytes())
    with reader.open(file) as opened:
        layer = opened.layer(1)
        raster = opened.raster(1, 72)
    (word,) = layer.words
    assert (layer.width < layer.height) == (turn == 180)
    image = Image.frombytes("L", (raster.width, raster.height), raster.pixels)
    ink = image.point(lambda value: 255 - value).getbbox()
    assert ink is not None
    for side, pixel, size in zip(word[1:], ink, (raster.width, raster.height) * 2, strict=True):
        assert side * size == pytest.approx(pixel, abs=8)


def test_the_evidence_around_a_text(reader: ParserReader, file: Path) -> None:
    document = pymupdf.open()
    scanned = document.new_page()
    scanned.insert_image(scanned.rect, stream=jpeg(Image.new("L", (200, 283), 240)))
    hidden = document.new_page()
    hidden.insert_text((72, 400), "capa invisible de otro programa", render_mode=3)
    drawn = document.new_page()
    drawn.draw_rect((100, 100, 300, 300))
    document.new_page()
    file.write_bytes(document.tobytes())
    with reader.open(file) as opened:
        scanned_layer, hidden_layer, drawn_layer, empty_layer = (opened.layer(number) for number in range(1, 5))
    assert scanned_layer.image_cover == pytest.approx(1, abs=0.01)
    assert hidden_layer.invisible
    assert drawn_layer.drawings
    assert not drawn_layer.text.strip()
    assert (empty_layer.image_cover, empty_layer.drawings, empty_layer.text) == (0, 0, "")


def test_what_a_database_cannot_hold_is_replaced(reader: ParserReader, file: Path) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 72), "uno")
    # A mapping to NUL and to half a surrogate pair.
    xref = document.get_new_xref()
    cmap = b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00><ff> endcodespacerange "
    cmap += b"2 beginbfchar <75> <0000> <6e> <d800> endbfchar endcmap end"
    document.update_object(xref, "<<>>")
    document.update_stream(xref, cmap)
    document.xref_set_key(page.get_fonts()[0][0], "ToUnicode", f"{xref} 0 R")
    file.write_bytes(document.tobytes())
    with reader.open(file) as opened:
        layer = opened.layer(1)
    layer.text.encode("utf-8")
    assert "\x00" not in layer.text
    assert "uno" not in layer.text


def test_a_huge_page_is_scaled_down(reader: ParserReader, file: Path) -> None:
    document = pymupdf.open()
    document.new_page(width=14_000, height=14_000).insert_text((72, 72), "enorme")
    file.write_bytes(document.tobytes())
    with reader.open(file) as opened:
        raster = opened.raster(1, 200)
    assert raster.width * raster.height == len(raster.pixels)
    assert 24 * MEGAPIXELS < len(raster.pixels) < 25.1 * MEGAPIXELS
    assert raster.dpi < 200


def test_a_picture_for_people(reader: ParserReader, file: Path) -> None:
    file.write_bytes(made.born_digital("foto"))
    with reader.open(file) as opened:
        picture = Image.open(io.BytesIO(opened.picture(1, 100)))
        place = Image.open(io.BytesIO(opened.picture(1, 100, (0.25, 0.1, 0.75, 0.2))))
    assert (picture.format, picture.mode) == ("WEBP", "RGB")
    assert picture.width == pytest.approx(595 / 72 * 100, abs=1)
    assert place.size == (pytest.approx(picture.width / 2, abs=1), pytest.approx(picture.height / 10, abs=1))
    whole = picture.crop((picture.width // 4, picture.height // 10, 3 * picture.width // 4, picture.height // 5))
    assert ImageStat.Stat(ImageChops.difference(whole.resize(place.size), place).convert("L")).mean[0] < 12


@pytest.mark.parametrize("ground", [(0, 0, 595, 90), (0, 0, 595, 842)])
def test_the_white_part_of_a_coloured_page_is_no_sheet_in_a_photo(
    reader: ParserReader, file: Path, ground: tuple[float, ...]
) -> None:
    """A letterhead's band, or a page of colour with a white field: what stands on it must not be cut off."""
    page = pymupdf.open().new_page()
    page.draw_rect(ground, fill=(0.1, 0.2, 0.5), color=None)
    page.draw_rect((30, 90, 565, 812), fill=(1, 1, 1), color=None)
    picture = page.get_pixmap(dpi=150)
    Image.frombytes("RGB", (picture.width, picture.height), picture.samples).save(file, "JPEG")  # says nothing of its dpi
    with reader.open(file) as opened:
        raster = opened.raster(1, 200)
    assert not raster.is_straightened
    assert raster.width / raster.height == pytest.approx(595 / 842, abs=0.01)


def test_a_photo_is_one_page_set_upright(reader: ParserReader, file: Path) -> None:
    file.write_bytes(made.photo("cámara", orientation=6))
    with reader.open(file) as opened:
        layer, raster = opened.layer(1), opened.raster(1, 200)
        picture = Image.open(io.BytesIO(opened.picture(1, 50)))
    assert layer.width < layer.height
    assert raster.width < raster.height
    assert picture.width < picture.height
    assert (layer.text, layer.image_cover) == ("", 1.0)


@pytest.mark.parametrize(
    ("image", "kind", "paper"),
    [
        (Image.new("CMYK", (200, 100), (0, 0, 0, 0)), "JPEG", 255),
        (Image.new("RGBA", (200, 100), (0, 0, 0, 0)), "PNG", 255),
        (Image.new("LA", (200, 100), (0, 0)), "WEBP", 255),
        (Image.new("I;16", (200, 100), 60_000), "PNG", 234),
        (Image.new("1", (200, 100), 1), "TIFF", 255),
        (Image.new("P", (200, 100), 0), "PNG", 0),
    ],
)
def test_every_kind_of_pixel_becomes_gray(reader: ParserReader, file: Path, image: Image.Image, kind: str, paper: int) -> None:
    image.save(file, kind)
    with reader.open(file) as opened:
        raster = opened.raster(1, 200)
    assert (raster.width, raster.height) == (200, 100)
    assert set(raster.pixels) == {paper}


def test_every_frame_of_a_tiff_is_a_page(reader: ParserReader, file: Path) -> None:
    frames = [Image.new("L", (100 + 50 * number, 100), 40 * number) for number in range(3)]
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:], dpi=(200, 200))
    with reader.open(file) as opened:
        assert opened.page_count == 3
        third, first = opened.raster(3, 200), opened.raster(1, 200)
        assert opened.layer(2).width == pytest.approx(150 / 200 * 72)
    assert (third.width, third.pixels[0], first.width, first.pixels[0]) == (200, 80, 100, 0)


def test_a_scan_of_high_resolution_is_read_at_the_resolution_asked_for(reader: ParserReader, file: Path) -> None:
    file.write_bytes(jpeg(Image.new("RGB", (2400, 1200), "white"), dpi=(600, 600)))
    with reader.open(file) as opened:
        raster = opened.raster(1, 200)
    assert (raster.width, raster.height, raster.dpi) == (800, 400, 200)


def test_a_cut_jpeg_is_read_as_far_as_it_goes(reader: ParserReader, file: Path) -> None:
    body = jpeg(Image.effect_noise((600, 600), 60))
    file.write_bytes(body[: len(body) // 2])
    with reader.open(file) as opened:
        raster = opened.raster(1, 200)
    assert len(set(raster.pixels[: 600 * 100])) > 50
    assert len(set(raster.pixels[-600 * 50 :])) < 10


def test_the_process_is_reused_and_replaced_when_killed(reader: ParserReader, file: Path) -> None:
    file.write_bytes(made.born_digital("vivo"))
    with reader.open(file) as opened:
        opened.layer(1)
    first = reader.pid
    with reader.open(file) as opened:
        opened.layer(1)
        assert reader.pid == first
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert "vivo" in opened.layer(2).text  # in a new process, unnoticed
    assert reader.pid != first
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)  # collected, no zombie


def test_a_signal_to_the_group_leaves_the_page_to_be_finished(reader: ParserReader, file: Path) -> None:
    file.write_bytes(made.born_digital("grupo"))
    with reader.open(file) as opened:
        pid = reader.pid
        assert pid is not None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            os.kill(pid, number)
        assert "grupo" in opened.layer(1).text
        assert reader.pid == pid


def test_a_process_stuck_is_ended_and_the_next_document_gets_another(file: Path) -> None:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=1, max_pages=5)
    try:
        file.write_bytes(made.born_digital("quieto"))
        with reader.open(file) as opened:
            opened.layer(1)
            assert reader.pid is not None
            os.kill(reader.pid, signal.SIGSTOP)
            with pytest.raises(ParserTimeout):
                opened.layer(2)
        with reader.open(file) as opened:
            assert "quieto" in opened.layer(1).text
    finally:
        reader.stop()


def test_memory_has_a_limit(file: Path) -> None:
    reader = ParserReader(memory_bytes=400 * 1024**2, page_seconds=20, max_pages=5)
    try:
        Image.new("1", (30_000, 30_000), 1).save(file, "PNG")  # 110 kB that take 900 MB
        with pytest.raises(ParserMemory), reader.open(file) as opened:
            opened.raster(1, 200)
        file.write_bytes(made.born_digital("después"))
        with reader.open(file) as opened:
            assert "después" in opened.layer(1).text
    finally:
        reader.stop()


def test_the_process_sees_no_secret_and_can_leave_nothing_behind(
    reader: ParserReader, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIO_SECRET_KEY", "not for parsers")
    given: list[dict[str, str]] = []
    start = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: given.append(options["env"]) or start(command, **options))
    reader.stop()
    file.write_bytes(made.born_digital("cerrado"))
    with reader.open(file):
        # Not its /proc/PID/environ, which only root may read now.
        limits = Path(f"/proc/{reader.pid}/limits").read_text(encoding="ascii")
    (names,) = (set(environment) for environment in given)
    ours = {"LANG", "PYTHONDONTWRITEBYTECODE", "OPENBLAS_NUM_THREADS"}
    assert names <= {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV"} | ours
    soft = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert soft["Max core file size"] == "0"
    assert soft["Max file size"] == "0"
    assert soft["Max address space"] == str(1024**3)


def test_a_page_count_beyond_the_limit_is_not_believed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for pages in (b"-1", b"99999999", b'"a"'):
        answer = b'{"pages": ' + pages + b"}"
        script = f"import os,time; os.write(1, {LENGTHS.pack(2, 0) + b'{}'!r}); os.read(0, 9999); "
        script += f"os.write(1, {LENGTHS.pack(len(answer), 0) + answer!r}); time.sleep(60)"
        with monkeypatch.context() as patch:
            _stand_in(patch, script)
            reader = ParserReader(memory_bytes=1024**3, page_seconds=5, max_pages=5)
            file.write_bytes(b"anything")
            with pytest.raises(CorruptFile), reader.open(file):
                pass
            reader.stop()


def _stand_in(patch: pytest.MonkeyPatch, script: str) -> None:
    start = subprocess.Popen
    patch.setattr(subprocess, "Popen", lambda command, **options: start([command[0], "-c", script], **options))


@pytest.mark.parametrize(
    "answer",
    [
        LENGTHS.pack(2**32 - 1, 0),
        LENGTHS.pack(3, 0) + b"[1]",
        LENGTHS.pack(4, 0) + b"nope",
        LENGTHS.pack(2, 0) + b"{}",
        LENGTHS.pack(12, 0) + b'{"pages": 1}',
    ],
)
def test_a_process_taken_over_by_a_file_can_only_fail(answer: bytes, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is a script that says it is ready, lets the file open, and then answers nonsense."""
    ready = LENGTHS.pack(2, 0) + b"{}"
    opened_answer = LENGTHS.pack(12, 0) + b'{"pages": 1}'
    script = f"import os,time; os.write(1, {ready!r}); os.read(0, 9999); os.write(1, {opened_answer!r}); os.read(0, 9999); "
    script += f"os.write(1, {answer!r}); time.sleep(60)"
    _stand_in(monkeypatch, script)
    reader = ParserReader(memory_bytes=1024**3, page_seconds=5, max_pages=5)
    file.write_bytes(b"anything")
    try:
        with pytest.raises((CorruptFile, ParserMemory)), reader.open(file) as opened:
            opened.layer(1)
    finally:
        reader.stop()
