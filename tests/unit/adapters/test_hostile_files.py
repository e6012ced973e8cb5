"""Files changed byte by byte, from a seed: each ends as pages or as an error of ours, and the reader goes on."""

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from ingest.adapters.parser.reader import ParserReader
from ingest.errors import PermanentError
from ingest.reading.text_layer import judge
from tests.support import made

pytestmark = pytest.mark.processes

FILES = 25  # of each kind; thousands were tried by hand
_TOKENS = (b"/Length 99999999", b"/W[8 8 8]", b"/Kids[1 0 R]", b"/Filter/LZWDecode", b"-1", b"2147483648", b"9" * 20, b"<<", b"]")
_TOKENS += (b"/MediaBox[0 0 1e9 1e9]", b"/UserUnit 1e6", b"/Rotate 45", b"endobj", b"stream\n", b"/Parent 3 0 R", b"\xff" * 4)


def picture(kind: str) -> Callable[[], bytes]:
    def make() -> bytes:
        out = io.BytesIO()
        Image.open(io.BytesIO(made.photo("foto"))).resize((400, 300)).save(out, kind)
        return out.getvalue()

    return make


def packed() -> bytes:
    """With object streams, a form, an outline and an embedded file."""
    document = pymupdf.open("pdf", made.born_digital("empacado", 2))
    document.set_toc([[1, "uno", 1]])
    document.embfile_add("dentro.pdf", made.blank())
    widget = pymupdf.Widget()
    widget.field_name, widget.field_type, widget.rect = "campo", pymupdf.PDF_WIDGET_TYPE_TEXT, pymupdf.Rect(50, 500, 200, 530)
    document[0].add_widget(widget)
    return bytes(document.tobytes(garbage=3, use_objstms=1, deflate=True))


def mutated(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.choice((1, 3, 10, 100))):
        at, what = chance.randrange(max(1, len(changed))), chance.randrange(5)
        if what == 0:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif what == 1:
            token = chance.choice(_TOKENS)
            changed[at : at + chance.choice((0, len(token)))] = token
        elif what == 2:
            del changed[at : at + chance.randrange(1, 100)]
        elif what == 3:
            other = chance.randrange(max(1, len(changed)))
            changed[at:at] = changed[other : other + chance.randrange(1, 300)]
        elif chance.random() < 0.05:
            del changed[at:]
    return bytes(changed)


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=5, max_pages=50, mean_page_seconds=1)
    yield reader
    reader.stop()


ORIGINALS: dict[str, Callable[[], bytes]] = {
    "text": lambda: made.born_digital("texto", 2),
    "packed": packed,
    "scan": lambda: made.scan("imagen"),
    "locked": lambda: made.locked("llave"),
    "jpeg": picture("JPEG"),
    "png": picture("PNG"),
    "tiff": picture("TIFF"),
    "webp": picture("WEBP"),
}


def outcome(reader: ParserReader, file: Path) -> str:
    """`pages`, or the code of the error; whatever is no error of ours is raised."""
    try:
        with reader.open(file, lambda: ("secreto",)) as opened:
            for page in range(1, min(opened.page_count, 3) + 1):
                judge(opened.layer(page))
                opened.raster(page, 100)
                opened.picture(page, 50)
    except PermanentError as error:
        return error.code
    return "pages"


@pytest.mark.parametrize("kind", ORIGINALS)
def test_every_change_ends_as_pages_or_as_an_error_of_ours(kind: str, reader: ParserReader, tmp_path: Path) -> None:
    body, file = ORIGINALS[kind](), tmp_path / "document"
    outcomes = set()
    for number in range(FILES):
        file.write_bytes(mutated(body, random.Random(f"{kind} {number}")))  # noqa: S311  the same files every time
        outcomes.add(outcome(reader, file))
    assert "internal" not in outcomes
    file.write_bytes(made.born_digital("después", 1))
    assert outcome(reader, file) == "pages"


def test_what_is_inside_a_file_is_left_alone(reader: ParserReader, tmp_path: Path) -> None:
    """A script, a link, a form that sends itself, an image and a page that lie elsewhere, an embedded file."""
    document = pymupdf.open("pdf", made.born_digital("quieto", 1))
    secret = tmp_path / "secreto.txt"
    secret.write_text("no debe leerse", encoding="utf-8")
    for key, value in {
        "OpenAction": "<</S/JavaScript/JS(app.alert\\(1\\))>>",
        "AA": "<</WC<</S/URI/URI(http://127.0.0.1:9/)>>>>",
        "Names": "<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(/etc/passwd)>>]>>>>",
    }.items():
        document.xref_set_key(document.pdf_catalog(), key, value)
    xref = document.get_new_xref()
    document.update_object(xref, f"<</Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent 8/F({secret})/Length 0>>")
    content = document.get_new_xref()
    document.update_object(content, "<<>>")
    document.update_stream(content, b"q 99 0 0 99 0 0 cm /I Do Q")
    page = document[0].xref
    resources = document.xref_get_key(page, "Resources")[1].partition(" ")[0]
    document.xref_set_key(int(resources), "XObject", f"<</I {xref} 0 R>>")
    document.xref_set_key(page, "Contents", f"[{document.xref_get_key(page, 'Contents')[1].strip('[]')} {content} 0 R]")
    file = tmp_path / "document"
    file.write_bytes(document.tobytes())
    with reader.open(file) as opened:
        layer = opened.layer(1)
        opened.raster(1, 50)
    assert "quieto" in layer.text
    assert "no debe leerse" not in layer.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["document", "secreto.txt"]
