"""The `DocumentReader` of the product: PDFs and images, opened in a process that can be killed."""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from ingest.adapters.parser.confinement import Wall
from ingest.adapters.parser.messages import HEIC, Header
from ingest.adapters.parser.process import ParserDied, ParserProcess, is_out_of_memory
from ingest.domain.pages import Word
from ingest.domain.placement import Box, checked
from ingest.errors import (
    BandejaError,
    CorruptFile,
    EmptyFile,
    EncryptedPdf,
    NeedsAcrobat,
    NotADocument,
    ParserMemory,
    ParserTimeout,
    TooManyPages,
    TransientError,
    UnsupportedType,
)
from ingest.reading.ports import Layer, Picture, Raster

# A fresh process grows by less with any ordinary document; one that kept this much is replaced.
GROWTH_BYTES = 64_000_000
CLOSE_SECONDS = 5.0  # of work; letting go of a file takes a millisecond
_OF_FILES = (
    *(CorruptFile, EmptyFile, EncryptedPdf, NeedsAcrobat),
    *(NotADocument, ParserMemory, TooManyPages, UnsupportedType),
)
_ERRORS: dict[str, type[BandejaError]] = {error.code: error for error in _OF_FILES}
# What neither PostgreSQL nor UTF-8 can hold.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WEBP = re.compile(rb"RIFF....WEBP", re.DOTALL)
_MAX_DPI = 1e5
_MAX_POINTS = 1e7  # the largest page a PDF can ask for, with UserUnit; also keeps infinities out


class ParserReader:
    """Reads one document at a time in a warm process, which is replaced when it hangs, dies or swells.

    Make one a process and call `start` early; a fork of it starts a process of its own.
    """

    def __init__(self, *, memory_bytes: int, page_seconds: float, max_pages: int, mean_page_seconds: float = 3.0) -> None:
        """`memory_bytes` limits the process's address space, in which the file lies too; `page_seconds` is the CPU time that
        opening, or any one question about a page, may take; `mean_page_seconds` what the pages asked for may take on
        average beyond one such.
        """
        self._process = ParserProcess(memory_bytes)
        self._page_seconds = page_seconds
        self._mean_page_seconds = mean_page_seconds
        self._max_pages = max_pages
        self._lock = Lock()

    def start(self) -> None:
        """Start the process, so that the first document need not wait for it; does not block."""
        self._process.start()

    def stop(self) -> None:
        """End the process; the next document would start another."""
        self._process.stop()

    @property
    def pid(self) -> int | None:
        """The id of the process that parses, or None where none runs."""
        return self._process.pid

    def walls(self) -> Sequence[Wall]:
        """What confines the process on this machine. Raises TransientError where it does not start."""
        return self._process.walls()

    @property
    def spent_seconds(self) -> float:
        """The seconds of work that all files so far have cost."""
        return self._process.spent_seconds

    @contextmanager
    def open(self, path: Path, passwords: Callable[[], Sequence[str]] = tuple) -> Iterator["ParsedFile"]:
        """Open by content, not by name; `passwords` is asked for a locked file alone.

        Raises EmptyFile, NotADocument, CorruptFile, EncryptedPdf, TooManyPages, ParserTimeout, ParserMemory, and what
        `passwords` raises.
        """
        with self._lock:
            try:
                budget = Budget(self._process, self._page_seconds, self._mean_page_seconds)
                file = ParsedFile(self._process, budget, path, self._max_pages, passwords)
                yield file
                file.close()
            except ParserMemory:
                # What it could not allocate it may still hold half of.
                self._process.stop()
                raise
            finally:
                if self._process.growth_bytes > GROWTH_BYTES:
                    self._process.stop()
                # Now, not when the next document waits for it.
                self._process.start()


class Budget:
    """The work that one open file may still cause: that of one slow page, and for each page asked for a mean page's.

    So one page may be slow, but not each of two thousand just under the limit.
    """

    def __init__(self, process: ParserProcess, page_seconds: float, mean_page_seconds: float) -> None:
        self._process = process
        self._page_seconds = page_seconds
        self._mean_page_seconds = mean_page_seconds
        self._spent_before = process.spent_seconds
        self._pages: set[int] = set()

    def allow(self, page: int | None) -> float:
        """The seconds that the next question, about this page if any, may take. Raises ParserTimeout when none is left."""
        if page is not None:
            self._pages.add(page)
        earned = self._page_seconds + self._mean_page_seconds * len(self._pages)
        left = earned - (self._process.spent_seconds - self._spent_before)
        if left <= 0:
            raise ParserTimeout("the document's time is used up")
        return min(self._page_seconds, left)


class ParsedFile:
    """A file open in the parser process. Every method may raise CorruptFile, ParserTimeout or ParserMemory.

    A page that ends the process, by a limit or a crash, spoils no other: the next question opens the file anew.
    """

    def __init__(
        self, process: ParserProcess, budget: Budget, path: Path, max_pages: int, passwords: Callable[[], Sequence[str]]
    ) -> None:
        self._process = process
        self._budget = budget
        self._max_pages = max_pages
        self._path = path
        self._opening: Header = {"do": "open", "max_pages": max_pages, "passwords": []}
        self._opened_by = 0  # the number of the process that holds the file open
        try:
            self.page_count = self._open()
        except EncryptedPdf:
            self._opening["passwords"] = list(passwords())
            if not self._opening["passwords"]:
                raise
            self.page_count = self._open()

    def close(self) -> None:
        """Let the process forget the file; one that dies of it is replaced for the next."""
        if self._opened_by == self._process.starts:
            with suppress(ParserDied, ParserTimeout):
                self._process.ask({"do": "close"}, CLOSE_SECONDS)
        self._process.unload(HEIC)  # which lets it start threads: no other file needs them

    def layer(self, page: int) -> Layer:
        """The page's text layer and the evidence around it."""
        header, _ = self._ask({"do": "layer", "page": page})
        try:
            return _layer(header)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self._distrust(error) from error

    def raster(self, page: int, dpi: int, as_photo: bool | None = None, place: Box | None = None) -> Raster:
        """The page or a place in gray at `dpi`, scaled down if it would exceed 25 megapixels; see `ports.OpenDocument`."""
        header, pixels = self._ask({"do": "raster", "page": page, "dpi": dpi, "as_photo": as_photo, "place": place})
        try:
            raster = _raster(header, pixels)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self._distrust(error) from error
        return raster

    def picture(self, page: int, dpi: int, place: Box | None = None) -> bytes:
        """The page, or a place on it, as a WebP, for people."""
        _, webp = self._ask({"do": "picture", "page": page, "dpi": dpi, "place": place})
        if not _WEBP.match(webp):
            raise self._distrust(ValueError("not a WebP"))
        return webp

    def copy_page(self, page: int, words: Sequence[Word], turn: int) -> None:
        """Add the page, and words as a text layer that is not drawn, to the searchable copy; from the first page on, in order."""
        with _sent([[word.text, word.left, word.top, word.right, word.bottom] for word in words]) as stream:
            self._ask({"do": "copy", "page": page, "turn": turn}, stream)

    def copied(self) -> bytes:
        """The searchable copy, a PDF of all pages."""
        header, pdf = self._ask({"do": "copied"})
        if header.get("pages") != self.page_count or not pdf.startswith(b"%PDF-"):
            raise self._distrust(ValueError("not a whole PDF"))
        return pdf

    def _open(self) -> int:
        header, _ = self._ask(self._opening)
        pages = header.get("pages")
        if not isinstance(pages, int) or not 1 <= pages <= self._max_pages:
            raise self._distrust(ValueError("pages"))
        return pages

    def _ask(self, request: Header, sent: int | None = None) -> tuple[Header, bytes]:
        try:
            return self._answer(request, sent)
        except ParserDied:
            # Once more in a new process: the first may have been killed for no fault of the file.
            try:
                return self._answer(request, sent)
            except ParserDied as died:
                raise (ParserMemory if is_out_of_memory(died) else CorruptFile)(str(died)) from died
        except ParserMemory:
            # What it could not allocate it may still hold half of, and the next page would be blamed for it.
            self._process.stop()
            raise

    def _answer(self, request: Header, sent: int | None = None) -> tuple[Header, bytes]:
        self._process.start()
        if request is not self._opening and self._opened_by != self._process.starts:
            self._exchange(self._opening)
        answer = self._exchange(request, sent)
        self._opened_by = self._process.starts
        if "needs" in answer[0] and self._process.load(str(answer[0]["needs"])):
            return self._answer(request, sent)
        return answer

    def _exchange(self, request: Header, sent: int | None = None) -> tuple[Header, bytes]:
        seconds = self._budget.allow(request.get("page"))
        with self._to_send(request, sent) as file:
            header, body = self._process.ask(request, seconds, file)
        if "error" in header:
            raise _ERRORS.get(str(header["error"]), CorruptFile)(str(header.get("detail", "")))
        return header, body

    @contextmanager
    def _to_send(self, request: Header, sent: int | None) -> Iterator[int | None]:
        """The descriptor that goes with this request. Raises TransientError where the file cannot be opened."""
        if request is not self._opening:
            if sent is not None:
                os.lseek(sent, 0, os.SEEK_SET)  # who died may have read it
            yield sent
            return
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise TransientError(f"the file to be read: {error.strerror}") from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _distrust(self, error: Exception) -> CorruptFile:
        """The process speaks no sense: the file may have taken it over."""
        self._process.stop()
        return CorruptFile(f"unusable answer: {type(error).__name__}")


@contextmanager
def _sent(value: Any) -> Iterator[int]:
    """The value as JSON in a file without a name: more than a message may hold."""
    descriptor = os.memfd_create("words")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(json.dumps(value).encode())
        yield descriptor
    finally:
        os.close(descriptor)


def _raster(header: Header, pixels: bytes) -> Raster:
    """The values as types of ours. Raises KeyError, TypeError, ValueError, OverflowError."""
    raster = Raster(
        width=int(header["width"]),
        height=int(header["height"]),
        dpi=max(1, int(header["dpi"])),
        pixels=pixels,
        placement=checked(header["placement"]),
        is_straightened=bool(header["is_straightened"]),
        fault=CorruptFile.code if header["fault"] else "",
    )
    if raster.width < 1 or raster.height < 1 or raster.width * raster.height != len(pixels):
        raise ValueError("pixels and size differ")
    return raster


def _layer(header: Header) -> Layer:
    """The values as types of ours, whatever the process sent. Raises KeyError, TypeError, ValueError, OverflowError."""
    return Layer(
        text=_storable(header["text"]),
        words=tuple(_word(*word) for word in header["words"]),
        width=_within(header["width"], _MAX_POINTS),
        height=_within(header["height"], _MAX_POINTS),
        image_cover=_within(header["image_cover"], 1.0),
        inner_characters=int(header["inner_characters"]),
        drawings=int(header["drawings"]),
        invisible=bool(header["invisible"]),
        turn=int(header["turn"]) // 90 % 4 * 90,
        beside=_storable(header["beside"]),
        pictures=tuple(_picture(*picture) for picture in header["pictures"]),
    )


def _word(text: Any, left: Any, top: Any, right: Any, bottom: Any) -> Word:
    return Word(_storable(text), _within(left, 1.0), _within(top, 1.0), _within(right, 1.0), _within(bottom, 1.0))


def _picture(left: Any, top: Any, right: Any, bottom: Any, dpi: Any) -> Picture:
    return Picture((_within(left, 1.0), _within(top, 1.0), _within(right, 1.0), _within(bottom, 1.0)), _within(dpi, _MAX_DPI))


def _within(value: Any, limit: float) -> float:
    # The order matters: min() lets its first argument win over NaN.
    return max(0.0, min(limit, float(value)))


def _storable(text: Any) -> str:
    return _UNSTORABLE.sub("\ufffd", str(text))
