"""The `tesseract` program, through pytesseract: one run a question, uncompressed pixels in, text and table out."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from time import monotonic

import pytesseract
from PIL import Image

from ingest.errors import BandejaError, CorruptFile, ParserMemory, ParserTimeout, TransientError

_WRAPPER = Path(__file__).with_name("tesseract.sh")
_WALL_PER_CPU_SECOND = 4.0  # the net where the machine is busy; as for the parser
_GRACE_SECONDS = 5.0  # after which pytesseract ends a wrapper that did not
_OUT_OF_MEMORY = re.compile("bad_alloc|alloc fail|not made|cannot allocate", re.IGNORECASE)  # Leptonica says all but the first
_REFUSED_PAGE = "Error during processing"


class _Killed(ParserMemory):
    """Killed from outside: by the kernel for want of memory, or by an operator."""


def installed_languages() -> set[str]:
    """The languages that Tesseract can read here; none where it is not installed."""
    try:
        return set(pytesseract.get_languages())
    except OSError:
        return set()


class TesseractProgram:
    """Runs it within limits, on one thread, dead when we are (see `tesseract.sh`)."""

    def __init__(self, page_seconds: float, memory_bytes: int) -> None:
        """`page_seconds` is the CPU time that a run may take, `memory_bytes` its address space."""
        self._page_seconds = page_seconds
        self._wall_seconds = page_seconds * _WALL_PER_CPU_SECOND
        # Read by the wrapper: pytesseract hands its child our environment and nothing else.
        self._limits = {
            "TESSERACT_CPU_SECONDS": str(ceil(page_seconds)),
            "TESSERACT_WALL_SECONDS": str(self._wall_seconds),
            "TESSERACT_MEMORY_KB": str(memory_bytes // 1024),
        }

    def text_and_table(self, image: Image.Image, languages: str) -> tuple[str, str]:
        """The text of a gray image and its TSV, by one run (a run for each would take twice as long).

        Raises ParserTimeout, ParserMemory, CorruptFile where Tesseract refuses the image, TransientError.
        """
        try:
            return self._text_and_table(image, languages)
        except _Killed:
            # Once more, because that may have been for no fault of the page.
            return self._text_and_table(image, languages)

    def turn(self, image: Image.Image) -> int:
        """The clockwise turn (0, 90, 180, 270) that sets the image upright; 0 also where that cannot be told."""
        try:
            with self._running(image) as seconds:
                found = pytesseract.image_to_osd(image, timeout=seconds, output_type=pytesseract.Output.DICT)
        except BandejaError:
            return 0  # "Too few characters", and the like of it: whatever it is, the reading itself will meet it
        turn = found.get("rotate", 0)
        return turn if turn in (90, 180, 270) else 0

    def _text_and_table(self, image: Image.Image, languages: str) -> tuple[str, str]:
        with self._running(image) as seconds:
            text, table = pytesseract.run_and_get_multiple_output(
                image, extensions=["txt", "tsv"], lang=languages, timeout=seconds
            )
        return text, table

    @contextmanager
    def _running(self, image: Image.Image) -> Iterator[float]:
        """Around one run: yields the seconds after which pytesseract should end it; its exceptions become ours."""
        # Uncompressed: pytesseract's default, PNG, takes longer to write than the page to read.
        image.format = "PPM"
        pytesseract.pytesseract.tesseract_cmd = str(_WRAPPER)
        os.environ.update(self._limits)
        began = monotonic()
        try:
            yield self._wall_seconds + _GRACE_SECONDS
        except pytesseract.TesseractError as error:
            raise self._failure(error.status, str(error.message), monotonic() - began) from error
        except RuntimeError as error:
            raise ParserTimeout("tesseract outlived its own limit") from error
        except (OSError, UnicodeDecodeError) as error:
            raise TransientError(f"tesseract: {error}") from error

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
