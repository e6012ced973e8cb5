"""The parser process and its parent: what is told when it cannot be confined, what it imports, and its older name."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog
from PIL import Image, ImageDraw

from ingest.adapters.parser import child
from ingest.adapters.parser.messages import LENGTHS, pack
from ingest.adapters.parser.reader import ParserReader
from ingest.errors import PermanentError, TransientError
from tests.support import acrobat, made

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[4]


@contextmanager
def reader_of(patch: pytest.MonkeyPatch, first_answer: dict[str, Any]) -> Iterator[ParserReader]:
    """A reader whose process is a script that says this and waits."""
    script = f"import os, time; os.write(1, {b''.join(pack(first_answer))!r}); time.sleep(60)"
    start = subprocess.Popen
    patch.setattr(subprocess, "Popen", lambda command, **options: start([command[0], "-c", script], **options))
    reader = ParserReader(memory_bytes=1024**3, page_seconds=1, max_pages=5)
    yield reader
    reader.stop()


def test_a_process_that_cannot_be_confined_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "document.pdf"
    file.write_bytes(made.born_digital("libre", 1))
    with (
        reader_of(monkeypatch, {"unconfined": "prctl: Operation not permitted"}) as reader,
        pytest.raises(TransientError, match="prctl"),
        reader.open(file),
    ):
        pass


def test_the_process_says_itself_what_could_not_be_done() -> None:
    """A limit that somebody set lower cannot be raised, for one."""
    code = "import resource, sys; from ingest.adapters.parser import child; sys.argv = ['child', str(1 << 40)]; "
    code += "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); child.main()"
    with socket.socket(socket.AF_UNIX) as nobody:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, stdin=nobody.fileno(), stdout=subprocess.PIPE, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert "limit" in json.loads(done.stdout[LENGTHS.size :])["unconfined"]


def test_what_the_kernel_lacks_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walls = [["Landlock", False, "unknown to this kernel"], ["own user", False, "needs root"]]
    with reader_of(monkeypatch, {"ready": True, "walls": walls}) as reader, structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert [wall.holds for wall in reader.walls()] == [False, False]
            reader.stop()
    assert [(line["event"], line["missing"]) for line in logs] == [
        ("parser_less_confined", {"Landlock": "unknown to this kernel"})
    ]


IMPORTS = """
import os, sys
from ingest.adapters.parser import child, pillow_reader
if sys.argv[1] == "photos":
    from ingest.adapters.parser import sheet_finder
desk, late = child._Desk(), []
def watch(event, arguments):
    if event in ("import", "open", "ctypes.dlopen"):
        late.append((event, str(arguments[0])))
wanted = [(path, os.open(path, os.O_RDONLY)) for path in sys.argv[2:]]
if sys.argv[1] == "heic":
    from ingest.adapters.parser import heic_decoder
    sys.argv.append("heic")
sys.addaudithook(watch)
for path, descriptor in wanted:
    try:
        pages = desk._open(descriptor, 100, ["secreto"])["pages"]
    except Exception as error:
        print(path, repr(error), file=sys.stderr)
        continue
    for page in range(1, pages + 1):
        desk._answer({"do": "layer", "page": page}, None)
        for as_photo in (None, True) if sys.argv[1] == "photos" else (False,):
            desk._answer({"do": "raster", "page": page, "dpi": 150, "as_photo": as_photo}, None)
        desk._answer({"do": "picture", "page": page, "dpi": 50}, None)
    repr(desk._file)
print(sorted(set(entry for entry in late if not (entry[0] == "open" and entry[1].isdigit()))))
"""


def _every_kind(folder: Path) -> list[Path]:
    """Files of each kind that is read, some of them damaged."""
    drawing = Image.new("RGB", (1300, 1700), "white")
    ImageDraw.Draw(drawing).polygon([(200, 150), (1100, 250), (1000, 1500), (150, 1400)], fill="gray")
    for kind, options in (
        ("JPEG", {}),
        ("PNG", {}),
        ("WEBP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "jpeg"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("GIF", {}),
        ("BMP", {}),
        ("AVIF", {}),
        ("JPEG2000", {}),
        ("MPO", {"save_all": True, "append_images": [drawing]}),
    ):
        drawing.save(folder / f"{kind}{len(list(folder.iterdir()))}", kind, **options)
    for compression in ("group3", "group4", "packbits"):
        drawing.convert("1").save(folder / compression, "TIFF", compression=compression)
    for mode in ("CMYK", "L", "1", "I;16", "P", "RGBA", "LA"):
        made_of = Image.new(mode, (1200, 1000))
        made_of.save(folder / mode.replace(";", ""), "JPEG" if mode == "CMYK" else "PNG")
    bodies = {
        "text": made.born_digital("importa"),
        "scan": made.scan("importa"),
        "photo": made.photo("importa"),
        "locked": made.locked("importa"),
        "cut": made.photo("importa")[:20_000],
        "broken": made.born_digital("roto")[:400],
        "empty": b"",
        "no document": b"<html>",
        "mixed": made.mixed_pages("importa", 1, 1),
        "portfolio": acrobat.portfolio({"a.pdf": made.locked("importa")}),
        "form": acrobat.form([("datasets", "<datasets><data><a>importa</a></data></datasets>")]),
        "form in Latin-1": acrobat.form(
            [("", '<?xml version="1.0" encoding="windows-1252"?><datasets/>')], needs_rendering="false"
        ),
        "comments": acrobat.commented(made.born_digital("importa"), "nota", "comentario"),
    }
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    shutil.copy(ROOT / "tests" / "fixtures" / "iphone.heic", folder)
    return sorted(folder.iterdir())


@pytest.mark.parametrize("extra", ["", "photos", "heic"])
def test_nothing_is_imported_once_it_is_confined(extra: str, tmp_path: Path) -> None:
    """It could not be: the process opens no file any more, and an honest document would be called corrupt."""
    command = [sys.executable, "-c", IMPORTS, extra, *map(str, _every_kind(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    # sheet_finder is looked for by a process without it, which is how it learns that it must be started with it.
    assert done.stdout.strip() == "[]", done.stdout


def test_a_photo_brings_another_process_that_knows_photos(tmp_path: Path) -> None:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    file = tmp_path / "photo.jpg"
    file.write_bytes(made.photo("foto"))
    try:
        with reader.open(file) as opened:
            opened.layer(1)
            first = reader.pid
            assert opened.raster(1, 100, as_photo=True).width
            second = reader.pid
            opened.raster(1, 100, as_photo=True)
            assert first != second == reader.pid
    finally:
        reader.stop()


def test_a_worker_of_the_version_before_still_reads(tmp_path: Path) -> None:
    """It starts the process by its older name, speaks through a pipe, and names the file."""
    file = tmp_path / "document.pdf"
    file.write_bytes(made.born_digital("anterior", 1))
    requests = [
        {"do": "open", "path": str(file), "max_pages": 5, "passwords": []},
        {"do": "layer", "page": 1},
        {"do": "raster", "page": 1, "dpi": 72, "as_photo": True},
        {"do": "close"},
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest.adapters.parser_child", str(1024**3)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    said, _ = process.communicate(b"".join(part for request in requests for part in pack(request)), timeout=60)
    answers = []
    while said:
        header, body = LENGTHS.unpack(said[: LENGTHS.size])
        answers.append(json.loads(said[LENGTHS.size : LENGTHS.size + header]))
        said = said[LENGTHS.size + header + body :]
    ready, opened, layer, raster, closed = answers
    assert (ready["ready"], opened, closed) == (True, {"pages": 1}, {})
    assert "anterior" in layer["text"]
    assert raster["width"] > 0
    assert process.returncode == 0


def test_a_file_that_is_gone_is_no_fault_of_the_document(tmp_path: Path) -> None:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=5)
    try:
        with pytest.raises(TransientError), reader.open(tmp_path / "gone"):
            pass
    finally:
        reader.stop()


def test_files_leave_no_descriptor_behind(tmp_path: Path) -> None:
    """Neither those that open nor those that are refused: a process reads thousands."""
    bodies = [made.born_digital("uno", 1), made.photo("dos"), b"<html>", b"%PDF-1.7\n%%EOF\n", b"\xff\xd8\xff\xe0 no picture"]
    file, desk = tmp_path / "document", child._Desk()
    for body in bodies * 2:
        file.write_bytes(body)
        with suppress(PermanentError):
            desk._open(os.open(file, os.O_RDONLY), 5, [])
            desk._answer({"do": "raster", "page": 1, "dpi": 50, "as_photo": False}, None)
            desk._close()
    held = [os.readlink(entry) for entry in Path("/proc/self/fd").iterdir() if entry.exists()]  # noqa: PTH115  as text
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    assert [line for line in [*held, *maps] if str(file) in line] == []
