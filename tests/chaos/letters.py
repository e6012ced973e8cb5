"""The letters of a run: small, Spanish, each with a word of its own, some broken; the same seed makes the same."""

import hashlib
import io
import random
from dataclasses import dataclass

import pymupdf
from PIL import Image

from tests.support import made

# Syllables that Tesseract reads without fail at this size (none of 500 words misread); with f and t, 2 of 160 were.
_SYLLABLES = [consonant + vowel for consonant in "bdglmnprsv" for vowel in "aeo"]
_SHEET = (420, 300)  # points: half a page, so that reading it takes half a second
_DPI = 150
DEADLY_WIDTH = 311  # points: no other sheet of a run has it

# Of a hundred documents; at least a quarter are scans of three pages or more.
_SHARES = {"typed": 48, "short scan": 6, "scan": 22, "long scan": 6, "photo": 8, "bad": 10}

_EMPTY, _HTML = "empty_file", "not_a_document"


@dataclass(frozen=True, slots=True)
class Letter:
    """A document to send. `code` is the error it must end in, "" where it must be completed."""

    number: int
    kind: str
    word: str
    pages: int
    body: bytes
    ending: str = ".pdf"
    code: str = ""

    @property
    def etag(self) -> str:
        """What a bucket calls these bytes."""
        return hashlib.md5(self.body, usedforsecurity=False).hexdigest()

    @property
    def read_by_ocr(self) -> int:
        """How many of its pages only OCR can read."""
        return self.pages if "scan" in self.kind or self.kind == "photo" else 0


def make(count: int, rng: random.Random) -> list[Letter]:
    """`count` letters in a random order."""
    kinds = [kind for kind, share in _SHARES.items() for _ in range(round(share * count / 100))]
    kinds = (kinds + ["scan"] * count)[:count]
    rng.shuffle(kinds)
    bad = 0
    letters = []
    for number, kind in enumerate(kinds):
        word = "".join(rng.choice(_SYLLABLES) for _ in range(5))
        if kind == "bad":
            letters.append(_bad(number, word, bad))
            bad += 1
        else:
            letters.append(_good(number, kind, word, rng))
    return letters


def _good(number: int, kind: str, word: str, rng: random.Random) -> Letter:
    match kind:
        case "typed":
            pages = rng.randint(1, 3)
            return Letter(number, kind, word, pages, made.born_digital(word, pages))
        case "photo":
            return Letter(number, kind, word, 1, _photo(word), ".jpg")
        case "short scan":
            pages = rng.randint(1, 2)
        case "long scan":
            pages = rng.randint(10, 14)
        case _:
            pages = rng.randint(3, 6)
    return Letter(number, kind, word, pages, _scan(word, pages))


def typed(number: int, word: str) -> Letter:
    """A good letter of one page with a text layer."""
    return Letter(number, "typed", word, 1, made.born_digital(word, 1))


def deadly(number: int, turn: int) -> Letter:
    """A scan that kills whoever reads it: its sheet has the width by which the shim before Tesseract knows it."""
    word = f"mortal{turn}plaga"
    with pymupdf.open() as document:
        sheet = document.new_page(width=DEADLY_WIDTH, height=_SHEET[1])
        picture = _sheet(word, 1, 1).resize((round(DEADLY_WIDTH / 72 * _DPI), round(_SHEET[1] / 72 * _DPI)))
        sheet.insert_image(sheet.rect, stream=_jpeg(picture))
        return Letter(number, "deadly", word, 1, bytes(document.tobytes()), code="worker_lost")


def _bad(number: int, word: str, turn: int) -> Letter:
    """Each in turn, so that a small run has some of them too."""
    mark = b"\n%% " + word.encode()
    bodies = [
        ("truncated", made.born_digital(word, 3)[:300] + mark, "corrupt_file"),
        ("empty", b"", _EMPTY),
        ("locked", made.locked(word), "encrypted_pdf"),
        ("page of the web", f"<!DOCTYPE html><html><body>{word}</body></html>".encode(), _HTML),
        ("without pages", made.no_pages() + mark, "corrupt_file"),
        ("blank", made.blank() + mark, ""),
    ]
    kind, body, code = bodies[turn % len(bodies)]
    # A blank one completes; there is no word by which to find it.
    return Letter(number, kind, word if code else "", 0, body, code=code)


def _sheet(word: str, page: int, pages: int) -> Image.Image:
    with pymupdf.open() as document:
        sheet = document.new_page(width=_SHEET[0], height=_SHEET[1])
        sheet.insert_text((40, 50), f"OFICIO N.º {100 + page}-2025-UGEL.05-AGP\n\nSe remite el expediente de", fontsize=12)
        sheet.insert_text((40, 125), word, fontsize=20)
        sheet.insert_text((40, 165), "para su trámite según la normativa vigente.\n\nAtentamente,", fontsize=12)
        sheet.insert_text((40, 250), f"Página {page} de {pages}", fontsize=12)
        pixels = sheet.get_pixmap(dpi=_DPI, colorspace=pymupdf.csGRAY)
        return Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)


def _jpeg(image: Image.Image, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, dpi=(_DPI, _DPI), **more)
    return out.getvalue()


def _scan(word: str, pages: int) -> bytes:
    with pymupdf.open() as document:
        for page in range(1, pages + 1):
            sheet = document.new_page(width=_SHEET[0], height=_SHEET[1])
            sheet.insert_image(sheet.rect, stream=_jpeg(_sheet(word, page, pages)))
        return bytes(document.tobytes())


def _photo(word: str) -> bytes:
    """Upright only by its EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return _jpeg(_sheet(word, 1, 1).rotate(90, expand=True), exif=exif)
