"""The limits under which a file is opened, and that a page which meets one spoils no other."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pymupdf
import pytest

from ingest.adapters.confinement import system_calls
from ingest.adapters.parser.reader import ParserReader
from ingest.errors import EncryptedPdf, ParserMemory, ParserTimeout
from tests.support import made

pytestmark = pytest.mark.processes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "document.pdf"


def reader_with(**limits: float) -> ParserReader:
    return ParserReader(**({"memory_bytes": 1024**3, "page_seconds": 20, "max_pages": 50} | limits))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = reader_with()
    yield reader
    reader.stop()


def nested_forms(good: int, bad: int) -> bytes:
    """Pages of text, then pages whose form objects are each drawn ten times by the next, ten deep: 10¹⁰ drawings."""
    document = pymupdf.open("pdf", made.born_digital("sano", good))
    innermost = document.get_new_xref()
    document.update_object(innermost, "<</Type/XObject/Subtype/Form/BBox[0 0 99 99]>>")
    document.update_stream(innermost, b"0 0 1 1 re f")
    inner = innermost
    for _ in range(10):
        outer = document.get_new_xref()
        form = f"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</F {inner} 0 R>>>>>>"
        document.update_object(outer, form)
        document.update_stream(outer, b"/F Do " * 10)
        inner = outer
    for _ in range(bad):
        page = document.new_page()
        content = document.get_new_xref()
        document.update_object(content, "<<>>")
        document.update_stream(content, b"/F Do")
        document.xref_set_key(page.xref, "Contents", f"{content} 0 R")
        document.xref_set_key(page.xref, "Resources", f"<</XObject<</F {inner} 0 R>>>>")
    document.new_page().insert_text((72, 72), "la última")
    return bytes(document.tobytes())


def test_a_page_that_never_ends_spoils_no_other(file: Path) -> None:
    reader = reader_with(page_seconds=0.5)
    file.write_bytes(nested_forms(good=1, bad=1))
    try:
        with reader.open(file) as opened:
            assert "sano" in opened.layer(1).text
            first = reader.pid
            with pytest.raises(ParserTimeout):
                opened.layer(2)
            assert "la última" in opened.layer(3).text
            assert reader.pid != first
            assert "sano" in opened.layer(1).text
    finally:
        reader.stop()


def test_many_slow_pages_share_one_budget(file: Path) -> None:
    """Ten pages that each take all they may would take 10 s; together they get 1 s and a tenth for each."""
    reader = reader_with(page_seconds=1, mean_page_seconds=0.1)
    file.write_bytes(nested_forms(good=1, bad=10))
    try:
        with reader.open(file) as opened:
            before = reader.spent_seconds
            for page in range(2, 12):
                with pytest.raises(ParserTimeout):
                    opened.layer(page)
            # Each answer may pass its limit by the time between two looks.
            assert reader.spent_seconds - before < 1 + 10 * (0.1 + 0.4)
    finally:
        reader.stop()


def test_a_page_of_great_memory_spoils_no_other(file: Path) -> None:
    reader = reader_with(memory_bytes=400 * 1024**2)
    document = pymupdf.open("pdf", made.born_digital("sobrio", 1))
    page = document.new_page()
    content = document.get_new_xref()
    document.update_object(content, "<<>>")
    document.update_stream(
        content, b"BT /F 9 Tf " + b"(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj 0 1 Td " * 400_000 + b"ET"
    )
    document.xref_set_key(page.xref, "Contents", f"{content} 0 R")
    document.xref_set_key(page.xref, "Resources", "<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>")
    file.write_bytes(document.tobytes(deflate=True))
    try:
        with reader.open(file) as opened:
            for _ in range(2):
                with pytest.raises(ParserMemory):
                    opened.layer(2)
                assert "sobrio" in opened.layer(1).text
    finally:
        reader.stop()


def test_passwords_are_asked_for_a_locked_file_alone(reader: ParserReader, file: Path) -> None:
    asked: list[str] = []

    def passwords() -> tuple[str, ...]:
        asked.append("once")
        return ("equivocada", "secreto")

    file.write_bytes(made.born_digital("abierta", 1))
    with reader.open(file, passwords) as opened:
        assert "abierta" in opened.layer(1).text
    assert asked == []
    file.write_bytes(made.locked("cerrada"))
    with reader.open(file, passwords) as opened:
        assert reader.pid is not None
        os.kill(reader.pid, signal.SIGKILL)
        assert "cerrada" in opened.layer(1).text  # the new process is given them too
    assert asked == ["once"]
    with pytest.raises(EncryptedPdf), reader.open(file, lambda: ("equivocada",)):
        pass
    with pytest.raises(EncryptedPdf), reader.open(file):
        pass


def test_a_password_of_any_letters_opens_old_and_new_files(reader: ParserReader, file: Path) -> None:
    for method in (pymupdf.PDF_ENCRYPT_RC4_128, pymupdf.PDF_ENCRYPT_AES_128, pymupdf.PDF_ENCRYPT_AES_256):
        document = pymupdf.open("pdf", made.born_digital("letras", 1))
        file.write_bytes(document.tobytes(encryption=method, user_pw="año ñandú", owner_pw="otra"))
        for password in ("año ñandú", "otra"):
            with reader.open(file, lambda password=password: (password,)) as opened:
                assert "letras" in opened.layer(1).text


def test_the_owners_password_alone_locks_nothing(reader: ParserReader, file: Path) -> None:
    document = pymupdf.open("pdf", made.born_digital("dueño", 1))
    file.write_bytes(document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="x", permissions=0))
    with reader.open(file) as opened:
        assert "dueño" in opened.layer(1).text


def test_a_page_longer_than_tesseract_takes_is_scaled_down(reader: ParserReader, file: Path) -> None:
    document = pymupdf.open()
    document.new_page(width=14_400, height=60).insert_text((10, 40), "cinta")
    file.write_bytes(document.tobytes())
    with reader.open(file) as opened:
        assert opened.raster(1, 200).width <= 30_000


def _confined(code: str) -> int:
    """What a child that confines itself and then runs this ends with."""
    confine = "import os, socket\nfrom ingest.adapters.parser.confinement import confine\nconfine(1 << 30)\n"
    return subprocess.run([sys.executable, "-c", confine + code], check=False, capture_output=True).returncode


@pytest.mark.skipif(system_calls.machine() is None, reason="no table of system calls for this machine")
@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_the_parser_reaches_nobody(code: str) -> None:
    assert _confined("pass") == 0
    assert _confined(f"try:\n    {code}\nexcept PermissionError:\n    raise SystemExit(7)") == 7
