"""Letters printed, scanned with noise and a little askew, and read by Tesseract as our pages are."""

import random
from collections.abc import Iterator

import numpy as np
import pymupdf
from PIL import Image, ImageFilter

from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.domain.pages import Page
from ingest.pipeline.stages.clean import cleaned
from ingest.reading.ports import Raster

DPI = 200
_MARGIN, _SIZE, _LEADING = 56, 10, 13
_LINES = 56  # of a page


def read_by_tesseract(text: str, seed: str) -> str:
    """What OCR makes of the printed and scanned letter."""
    dice = random.Random(seed)  # noqa: S311
    engine = TesseractEngine(60.0)
    pages = [
        Page(number, engine.read(_scanned(page, dice), "spa").text, "ocr", 0.9, 595, 842)
        for number, page in enumerate(_printed(text), start=1)
    ]
    return cleaned(pages).text


def _printed(text: str) -> Iterator[pymupdf.Page]:
    lines = text.split("\n")
    sheets = pymupdf.open()
    for start in range(0, len(lines), _LINES):
        page = sheets.new_page(width=595, height=842)
        for place, line in enumerate(lines[start : start + _LINES]):
            page.insert_text((_MARGIN, _MARGIN + place * _LEADING), line, fontsize=_SIZE, fontname="tiro")
        yield page


def _scanned(page: pymupdf.Page, dice: random.Random) -> Raster:
    picture = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (picture.width, picture.height), picture.samples)
    image = image.rotate(dice.uniform(-0.8, 0.8), Image.Resampling.BICUBIC, fillcolor=255)
    image = image.filter(ImageFilter.GaussianBlur(dice.uniform(0.5, 1.0)))
    noise = np.random.default_rng(dice.randrange(10**6)).normal(0, dice.choice([8, 14, 20]), (image.height, image.width))
    grey = np.clip(30 + np.asarray(image, np.float32) / 255 * 205 + noise, 0, 255).astype("uint8")
    return Raster(image.width, image.height, DPI, grey.tobytes())
