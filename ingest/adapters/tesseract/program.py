"""The `tesseract` program, through pytesseract: one run a question, uncompressed pixels in, text and table out."""

import os
import re
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path

import pytesseract
from PIL import Image

from ingest.adapters.tesseract.watch import ended_when_idle
from ingest.errors import BandejaError, CorruptFile, ParserMemory, ParserTimeout, TransientError

_WRAPPER = Path(__file__).with_name("tesseract.sh")
_IDLE_PER_CPU_SECOND = 4.0  # the net for what does not work, as for the parser
_WALL_PER_CPU_SECOND = 400.0  # the net under that net, where nobody counts how long a process waits for a core
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
        """`page_seconds` is the CPU time that all runs for a page may take together, `memory_bytes` a run's address space."""
        self._page_seconds = page_seconds
        self._memory_bytes = memory_bytes
        self._allowed = page_seconds
        self._spent = 0.0

    def begin_page(self, share: float = 1.0) -> None:
        """The next runs are for another page, and together may take this share of a page's time."""
        self._allowed = self._page_seconds * share
        self._spent = 0.0

    @property
    def spent_seconds(self) -> float:
        """The CPU seconds that the runs for this page took; one that hung took all."""
        return self._spent

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
        left = self._allowed - self._spent
        if left <= 0:
            raise ParserTimeout("the page's time is used up")
        # Uncompressed: pytesseract's default, PNG, takes longer to write than the page to read.
        image.format = "PPM"
        pytesseract.pytesseract.tesseract_cmd = str(_WRAPPER)
        wall_seconds = left * _WALL_PER_CPU_SECOND
        os.environ.update(self._limits(left, wall_seconds))
        worked_before = _worked_seconds()
        with ended_when_idle(left * _IDLE_PER_CPU_SECOND) as killed:
            try:
                yield wall_seconds + _GRACE_SECONDS
            except pytesseract.TesseractError as error:
                if killed.is_set():
                    self._spent = self._allowed
                raise self._failure(error.status, str(error.message), has_hung=killed.is_set()) from error
            except RuntimeError as error:
                raise ParserTimeout("tesseract outlived its own limit") from error
            except (OSError, UnicodeDecodeError) as error:
                raise TransientError(f"tesseract: {error}") from error
            finally:
                self._spent += _worked_seconds() - worked_before

    def _limits(self, cpu_seconds: float, wall_seconds: float) -> dict[str, str]:
        """Read by the wrapper: pytesseract hands its child our environment and nothing else."""
        return {
            "TESSERACT_CPU_SECONDS": str(ceil(cpu_seconds)),
            "TESSERACT_WALL_SECONDS": str(wall_seconds),
            "TESSERACT_MEMORY_KB": str(self._memory_bytes // 1024),
            "TESSERACT_PYTHON": sys.executable,
        }

    def _failure(self, status: int, message: str, *, has_hung: bool) -> BandejaError:
        """What a run that ended with this status was brought down by."""
        if -status == signal.SIGXCPU or (status < 0 and has_hung):
            return ParserTimeout(f"tesseract took longer than {self._allowed:.1f} s of CPU time, or hung")
        if -status == signal.SIGKILL:
            return _Killed("tesseract was killed")
        if status < 0 or _OUT_OF_MEMORY.search(message):
            return ParserMemory(f"tesseract ended with {status}: {message}")
        if _REFUSED_PAGE in message:
            return CorruptFile(f"tesseract: {message}")
        # Ours to mend, not the document's fault: a language that is not installed, a full disk.
        return TransientError(f"tesseract: {message}")


def _worked_seconds() -> float:
    """The CPU time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
