"""OCR by Tesseract, through pytesseract."""

import os
import re
import signal
from math import ceil
from pathlib import Path
from time import monotonic

import pytesseract
from PIL import Image

from ingest.documents import Word
from ingest.errors import BandejaError, CorruptFile, ParserMemory, ParserTimeout, TransientError
from ingest.ports import OcrText, Raster

_WRAPPER = Path(__file__).with_name("tesseract.sh")
_WALL_PER_CPU_SECOND = 4.0  # the net where the machine is busy; as for the parser
_GRACE_SECONDS = 5.0  # after which pytesseract ends a wrapper that did not
_OUT_OF_MEMORY = re.compile("bad_alloc|alloc fail|not made|cannot allocate", re.IGNORECASE)  # Leptonica says all but the first
_REFUSED_PAGE = "Error during processing"
_WORD_LEVEL = "5"  # of Tesseract's TSV: page, block, paragraph, line, word
_BLANK_REDUCTION = 4  # averaging 16 pixels takes scanner noise to a quarter
_BLANK_CONTRAST = 32  # gray levels from the paper's: eight sigma of that noise, a third of faint print's contrast
_BLANK_PIXELS = 4  # fewer than the smallest full stop that a reader would miss


class _Killed(ParserMemory):
    """Killed from outside: by the kernel for want of memory, or by an operator."""


def installed_languages() -> set[str]:
    """The languages that Tesseract can read here; none where it is not installed."""
    try:
        return set(pytesseract.get_languages())
    except OSError:
        return set()


class TesseractEngine:
    """Reads a page with one run of Tesseract, which gives text and words together.

    Page segmentation is Tesseract's own (psm 3): psm 4 and 6 lose up to 75 % of a page with two columns.
    """

    recipe = "tesseract-psm3-200dpi-1"
    dpi = 200

    def __init__(self, page_seconds: float, memory_bytes: int = 1024**3) -> None:
        """`page_seconds` is the CPU time that a run may take, `memory_bytes` its address space."""
        self._installed: frozenset[str] | None = None
        self._page_seconds = page_seconds
        self._wall_seconds = page_seconds * _WALL_PER_CPU_SECOND
        # Read by the wrapper: pytesseract hands its child our environment and nothing else.
        self._limits = {
            "TESSERACT_CPU_SECONDS": str(ceil(page_seconds)),
            "TESSERACT_WALL_SECONDS": str(self._wall_seconds),
            "TESSERACT_MEMORY_KB": str(memory_bytes // 1024),
        }

    def installed(self) -> frozenset[str]:
        """The languages that can be read here, as they were when first asked for."""
        if self._installed is None:
            self._installed = frozenset(installed_languages())
        return self._installed

    def read(self, raster: Raster, languages: str) -> OcrText:
        """Text of one page; `languages` as Tesseract takes them ("spa+eng"). Raises ParserTimeout, ParserMemory."""
        image = Image.frombytes("L", (raster.width, raster.height), raster.pixels)
        if _is_blank(image):
            return OcrText("", (), 0.0)
        try:
            text, table = self._run(image, languages)
        except _Killed:
            # Once more, because that may have been for no fault of the page.
            text, table = self._run(image, languages)
        words, confidence = _words(table, raster.width, raster.height)
        return OcrText(text.strip(), words, confidence)

    def _run(self, image: Image.Image, languages: str) -> tuple[str, str]:
        # Uncompressed: pytesseract's default, PNG, takes longer to write than the page to read.
        image.format = "PPM"
        pytesseract.pytesseract.tesseract_cmd = str(_WRAPPER)
        os.environ.update(self._limits)
        began = monotonic()
        try:
            text, table = pytesseract.run_and_get_multiple_output(
                image, extensions=["txt", "tsv"], lang=languages, timeout=self._wall_seconds + _GRACE_SECONDS
            )
        except pytesseract.TesseractError as error:
            raise self._failure(error.status, str(error.message), monotonic() - began) from error
        except RuntimeError as error:
            raise ParserTimeout("tesseract outlived its own limit") from error
        except (OSError, UnicodeDecodeError) as error:
            raise TransientError(f"tesseract: {error}") from error
        return text, table

    def _failure(self, status: int, message: str, seconds: float) -> BandejaError:
        """What a run that ended with this status was brought down by."""
        if -status == signal.SIGXCPU or (status < 0 and seconds >= self._wall_seconds):
            return ParserTimeout(f"tesseract took longer than {self._page_seconds} s of CPU time, or {seconds:.0f} s in all")
        if -status == signal.SIGKILL:
            return _Killed("tesseract was killed")
        if status < 0 or _OUT_OF_MEMORY.search(message):
            return ParserMemory(f"tesseract ended with {status}: {message}")
        if _REFUSED_PAGE in message:
            return CorruptFile(f"tesseract: {message}")
        # Ours to mend, not the document's fault: a language that is not installed, a full disk.
        return TransientError(f"tesseract: {message}")


def _is_blank(image: Image.Image) -> bool:
    """Whether nothing stands on the page: 2 ms that save the second an empty back side takes."""
    levels = image.reduce(_BLANK_REDUCTION).histogram()
    paper = max(range(256), key=levels.__getitem__)
    return sum(levels[: max(0, paper - _BLANK_CONTRAST)]) + sum(levels[paper + _BLANK_CONTRAST :]) < _BLANK_PIXELS


def _words(table: str, width: int, height: int) -> tuple[tuple[Word, ...], float]:
    """Words with boxes as fractions of the page, and their confidence weighted by characters."""
    words, weighed, characters = [], 0.0, 0
    for line in table.split("\n"):
        cells = line.split("\t")
        if len(cells) != 12 or cells[0] != _WORD_LEVEL or not cells[11].strip():
            continue
        left, top, across, down = (int(cell) for cell in cells[6:10])
        sides = (left / width, top / height, (left + across) / width, (top + down) / height)
        words.append(Word(cells[11].strip(), *(round(min(1.0, max(0.0, side)), 4) for side in sides)))
        weighed += max(0.0, float(cells[10])) * len(cells[11])
        characters += len(cells[11])
    return tuple(words), weighed / characters / 100 if characters else 0.0
