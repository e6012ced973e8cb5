"""Files announced as the world calls them, and told by what is inside."""

import io

import pytest
from PIL import Image

from ingest.domain import media_types
from tests.support import made


@pytest.mark.parametrize(
    "content_type",
    [
        *("image/jpg", "image/pjpeg", "image/tif", "application/x-pdf", "image/x-png", "image/gif", "image/bmp"),
        *("image/x-ms-bmp", "IMAGE/JPEG", "application/pdf; charset=binary", " image/jpeg "),
    ],
)
def test_a_type_is_taken_by_any_of_its_names(content_type: str) -> None:
    assert media_types.is_accepted(content_type, "sin terminación")


@pytest.mark.parametrize(
    "unsaid", ["application/octet-stream", "binary/octet-stream", "application/force-download", "", " ; a=b"]
)
def test_what_says_nothing_goes_by_the_ending(unsaid: str) -> None:
    for name in ("oficio.PDF", "foto.jfif", "fax.TIF", "captura.webp", "a.b.bmp"):
        assert media_types.is_accepted(unsaid, name)
    for name in ("hoja.xlsx", "oficio", "oficio.pdf.exe", ".pdf", ""):
        assert not media_types.is_accepted(unsaid, name)


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/zip", "video/mp4", "image/svg+xml", "pdf"])
def test_what_says_something_else_is_refused(content_type: str) -> None:
    assert not media_types.is_accepted(content_type, "oficio.pdf")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "JPEG2000", "AVIF"])
def test_a_picture_is_told_by_its_first_bytes(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 40)).save(out, kind)
    told = media_types.told_by(out.getvalue()[: media_types.HEAD_BYTES])
    assert told == {"JPEG2000": "image/jp2"}.get(kind, f"image/{kind.lower()}")
    assert told in media_types.READ


def test_a_pdf_is_told_behind_what_stands_before_it() -> None:
    assert media_types.told_by(b"\xef\xbb\xbf\r\n" + made.blank()) == media_types.PDF


@pytest.mark.parametrize(
    "head", [b"", b"BM es el comienzo de un texto", b"<html>", b"PK\3\4", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"]
)
def test_what_is_no_document_is_none(head: bytes) -> None:
    assert media_types.told_by(head) == ""


def test_a_picture_that_nothing_decodes_is_named() -> None:
    assert media_types.told_by(b"\0\0\0\x0cJXL \r\n\x87\n") == "image/jxl"
    assert media_types.told_by(b"\xff\x0a\xfa\x1f") not in media_types.READ
