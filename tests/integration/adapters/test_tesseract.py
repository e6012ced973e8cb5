"""Tesseract as we run it: one run a page, one thread, no orphan, no file left."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from difflib import SequenceMatcher
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.errors import CorruptFile, ParserMemory, ParserTimeout, TransientError
from ingest.reading.ports import Raster
from tests.bench.metadata.letters import letters
from tests.bench.metadata.scans import read_by_tesseract
from tests.support import made


def raster(word: str = "expediente") -> Raster:
    page = pymupdf.open("pdf", made.born_digital(word, 1))[0]
    picture = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    return Raster(picture.width, picture.height, 200, bytes(picture.samples))


def picture_of(one: Raster) -> Image.Image:
    return Image.frombytes("L", (one.width, one.height), one.pixels)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pytesseract puts its files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on PATH, for a `tesseract` of the test's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def put(shim: Path, body: str) -> None:
    program = shim / "tesseract"
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
    program.chmod(0o755)


def real() -> str:
    """The true Tesseract's path, whatever stands first on PATH now."""
    found = subprocess.run(["which", "-a", "tesseract"], capture_output=True, text=True, check=True).stdout.split()
    return found[-1]


def test_text_boxes_and_confidence_by_one_run_on_one_thread(shim: Path, scratch: Path) -> None:
    tesseract = real()
    put(shim, f'echo "$OMP_THREAD_LIMIT $*" >> {shim}/runs\nexec {tesseract} "$@"')
    seen = TesseractEngine(page_seconds=60).read(raster(), "spa")
    assert "ASUNTO: expediente" in seen.text
    assert "N.º" in seen.text or "N.*" in seen.text or "N.?" in seen.text or "N." in seen.text
    assert seen.confidence > 0.85
    word = next(word for word in seen.words if word.text == "ASUNTO:")
    assert word.left == pytest.approx(64 / 595, abs=0.01)
    assert 0 < word.top < word.bottom < 0.5
    (run,) = (shim / "runs").read_text(encoding="ascii").splitlines()
    assert run.startswith("1 ")
    assert " -l spa " in run
    assert list(scratch.iterdir()) == []


def test_an_empty_page_is_not_even_looked_at(shim: Path) -> None:
    put(shim, f"touch {shim}/ran; exit 1")
    noisy = Image.effect_noise((1654, 2339), 20)
    for image in (Image.new("L", (1654, 2339), 250), noisy.point(lambda level: 200 + level // 8)):
        seen = TesseractEngine(page_seconds=60).read(Raster(1654, 2339, 200, image.tobytes()), "spa")
        assert (seen.text, seen.words, seen.confidence) == ("", (), 0.0)
    assert not (shim / "ran").exists()


def test_a_lone_page_number_is_not_an_empty_page() -> None:
    page = pymupdf.open().new_page()
    page.insert_text((300, 800), "17", fontsize=9)
    picture = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    seen = TesseractEngine(page_seconds=60).read(Raster(picture.width, picture.height, 200, bytes(picture.samples)), "spa")
    assert seen.text == "17"


def test_a_page_that_takes_too_long(shim: Path, scratch: Path) -> None:
    put(shim, "exec sleep 60")
    with pytest.raises(ParserTimeout):
        TesseractEngine(page_seconds=0.5).read(raster(), "spa")
    assert list(scratch.iterdir()) == []


def test_a_run_that_is_starved_by_others_is_no_hanging_one(shim: Path, scratch: Path) -> None:
    """On one core with a hog, at a tenth of its weight, a page takes ten times as long by the clock."""
    core = min(os.sched_getaffinity(0))
    put(shim, f'exec taskset -c {core} nice -n 10 {real()} "$@"')
    with subprocess.Popen(["taskset", "-c", str(core), sys.executable, "-c", "while True: pass"]) as hog:
        try:
            assert "expediente" in TesseractEngine(page_seconds=1.5).read(raster(), "spa").text
        finally:
            hog.kill()
    assert list(scratch.iterdir()) == []


def test_a_page_gets_the_share_of_the_time_that_it_is_given(shim: Path) -> None:
    put(shim, f'echo "$TESSERACT_CPU_SECONDS" >> {shim}/runs; exec {real()} "$@"')
    engine = TesseractEngine(page_seconds=40)
    for share in (1, 0.5, 0.25):
        engine.read(raster(), "spa", share)
    assert (shim / "runs").read_text(encoding="ascii").split() == ["40", "20", "10"]


def test_a_run_has_limits_on_cpu_time_and_memory(scratch: Path) -> None:
    noise = Image.effect_noise((3000, 3000), 120)
    page = Raster(3000, 3000, 200, noise.tobytes())
    with pytest.raises(ParserTimeout):
        TesseractEngine(page_seconds=1).read(page, "spa")
    with pytest.raises(ParserMemory):
        TesseractEngine(page_seconds=60, memory_bytes=100_000_000).read(page, "spa")
    assert list(scratch.iterdir()) == []


def test_all_runs_of_a_page_share_its_time(shim: Path, scratch: Path) -> None:
    """A page that comes out poor is looked at again and again, but not for ever."""
    # Whole seconds are told, so each run is made to cost some of one.
    work = "i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done"
    put(shim, f'echo "$TESSERACT_CPU_SECONDS" >> {shim}/runs; {work}; exec {real()} "$@"')
    upper = picture_of(raster()).crop((0, 0, 1653, 600))
    noisy = Image.blend(upper, Image.effect_noise(upper.size, 250), 0.6)
    hard = Raster(*noisy.size, 200, noisy.tobytes())
    engine = TesseractEngine(page_seconds=60)
    seen = engine.read(hard, "spa")
    assert len(allowed := [int(one) for one in (shim / "runs").read_text(encoding="ascii").split()]) > 2
    assert allowed == sorted(allowed, reverse=True)
    assert allowed[-1] < allowed[0]
    assert engine.read(raster(), "spa").seconds < seen.seconds
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("place", [10, 12])
def test_an_upright_page_that_specks_hide_is_not_read_on_its_head(place: int) -> None:
    """Tesseract's look at such a page's turn is wrong as well; both ways are read without specks."""
    letter = letters(place + 1, 2026)[place].text
    read = read_by_tesseract(letter, f"2026-{place}")
    assert SequenceMatcher(None, letter.split(), read.split(), autojunk=False).ratio() > 0.8


def test_what_a_script_called_tesseract_started_ends_with_it(shim: Path) -> None:
    put(shim, f"sleep 60 & echo $! > {shim}/pid; wait")
    with pytest.raises(ParserTimeout):
        TesseractEngine(page_seconds=0.3).read(raster(), "spa")
    assert _ends(int((shim / "pid").read_text(encoding="ascii")))


def test_a_page_that_tesseract_refuses_is_the_pages_own_fault() -> None:
    with pytest.raises(CorruptFile):
        TesseractEngine(page_seconds=60).read(Raster(33_000, 50, 200, Image.effect_noise((33_000, 50), 90).tobytes()), "spa")


def test_killed_once_it_runs_again(shim: Path, scratch: Path) -> None:
    tesseract = real()
    put(shim, f'[ -e {shim}/killed ] || {{ touch {shim}/killed; kill -9 $$; }}\nexec {tesseract} "$@"')
    assert "expediente" in TesseractEngine(page_seconds=60).read(raster(), "spa").text
    put(shim, "kill -9 $$")
    with pytest.raises(ParserMemory):
        TesseractEngine(page_seconds=60).read(raster(), "spa")
    assert list(scratch.iterdir()) == []


def test_a_language_that_is_not_installed_is_ours_to_mend() -> None:
    with pytest.raises(TransientError, match="qqq"):
        TesseractEngine(page_seconds=60).read(raster(), "qqq")


def test_it_dies_with_its_parent(shim: Path, tmp_path: Path) -> None:
    put(shim, f"echo $$ > {shim}/pid.new; mv {shim}/pid.new {shim}/pid; exec sleep 120")
    picture = tmp_path / "page.png"
    one = raster()
    Image.frombytes("L", (one.width, one.height), one.pixels).save(picture)
    code = (
        "import sys; from PIL import Image; from ingest.adapters.tesseract.engine import TesseractEngine; "
        "from ingest.reading.ports import Raster; image = Image.open(sys.argv[1]); "
        "TesseractEngine(page_seconds=100).read(Raster(*image.size, 200, image.tobytes()), 'spa')"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code, str(picture)], env=environment) as parent:
        while not (shim / "pid").exists():
            assert parent.poll() is None
            time.sleep(0.02)
        child = int((shim / "pid").read_text(encoding="ascii"))
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
    assert _ends(child)


def _ends(pid: int) -> bool:
    """Whether the process ends soon: the kernel takes a moment to end what it was told to kill."""
    for _ in range(500):
        if not _runs(pid):
            return True
        time.sleep(0.02)
    return False


def _runs(pid: int) -> bool:
    """Whether the process runs; one that waits to be collected by its new parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_png_bytes_are_not_what_is_handed_over(shim: Path, scratch: Path) -> None:
    """Uncompressed: the page's own pixels behind a PGM header."""
    put(shim, f'cp "$1" {shim}/page; exec {real()} "$@"')
    one = raster()
    TesseractEngine(page_seconds=60).read(one, "spa")
    handed = (shim / "page").read_bytes()
    assert handed.startswith(b"P5")
    assert Image.open(io.BytesIO(handed)).tobytes() == one.pixels
