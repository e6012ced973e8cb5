import io

import pymupdf
import pytest
from PIL import Image

from ingest.cli import samples

TEXTS = [samples.MAINTENANCE, samples.MAINTENANCE_ANNEX, samples.MEALS, samples.TRANSPORT, samples.LEAVE]


def test_a_letter_has_all_its_text_in_its_layer() -> None:
    with pymupdf.open("pdf", samples.letter(4711)) as document:
        pages = [page.get_text().split() for page in document]
    for text, words in zip((samples.MAINTENANCE, samples.MAINTENANCE_ANNEX), pages, strict=True):
        assert text.format(number=4711).split() == words[-len(text.split()) :]


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_fits_on_its_page(text: str) -> None:
    with pymupdf.open("pdf", samples.letter(99_999, text)) as document:
        assert text.rsplit(maxsplit=1)[-1] in document[0].get_text()


def test_a_scan_is_a_picture_and_nothing_else() -> None:
    with pymupdf.open("pdf", samples.scan(7, samples.MEALS)) as document:
        assert document.page_count == 1
        assert document[0].get_text() == ""
        assert len(document[0].get_images()) == 1


def test_a_photo_is_upright_by_its_exif_alone() -> None:
    with Image.open(io.BytesIO(samples.photo(7))) as picture:
        assert picture.format == "JPEG"
        assert picture.getexif()[0x0112] == 6
        assert picture.width > picture.height


def test_the_number_makes_the_document() -> None:
    for make in (samples.letter, samples.photo, samples.broken):
        assert make(1) != make(2)
    assert samples.scan(1, samples.MEALS) != samples.scan(2, samples.MEALS)
    assert samples.photo(3) == samples.photo(3)


def test_the_broken_one_begins_like_a_pdf() -> None:
    assert samples.broken(1).startswith(b"%PDF-")
    assert b"%%EOF" not in samples.broken(1)
