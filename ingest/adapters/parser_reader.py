"""The `DocumentReader` of the product: PDFs and images, opened in a process that can be killed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from ingest.adapters.parser_messages import Header
from ingest.adapters.parser_process import ParserDied, ParserProcess, is_out_of_memory
from ingest.documents import Word
from ingest.errors import (
    BandejaError,
    CorruptFile,
    EmptyFile,
    EncryptedPdf,
    NotADocument,
    ParserMemory,
    TooManyPages,
)
from ingest.ports import Layer, Raster

# A fresh process grows by less with any ordinary document; one that kept this much is replaced.
GROWTH_BYTES = 64_000_000
_ERRORS: dict[str, type[BandejaError]] = {
    error.code: error for error in (CorruptFile, EmptyFile, EncryptedPdf, NotADocument, ParserMemory, TooManyPages)
}
# What neither PostgreSQL nor UTF-8 can hold.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_MAX_POINTS = 1e7  # the largest page a PDF can ask for, with UserUnit; also keeps infinities out


class ParserReader:
    """Reads one document at a time in a warm process, which is replaced when it hangs, dies or swells.

    Make one a process and call `start` early; a fork of it starts a process of its own.
    """

    def __init__(self, *, memory_bytes: int, page_seconds: float, max_pages: int) -> None:
        """`page_seconds` is the wall time that opening, or any one question about a page, may take."""
        self._process = ParserProcess(memory_bytes)
        self._page_seconds = page_seconds
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

    @contextmanager
    def open(self, path: Path) -> Iterator["ParsedFile"]:
        """Open by content, not by name.

        Raises EmptyFile, NotADocument, CorruptFile, EncryptedPdf, TooManyPages, ParserTimeout, ParserMemory.
        """
        with self._lock:
            try:
                yield ParsedFile(self._process, path, self._page_seconds, self._max_pages)
                self._process.ask({"do": "close"}, self._page_seconds)
            except ParserMemory:
                # What it could not allocate it may still hold half of.
                self._process.stop()
                raise
            except ParserDied:
                pass  # on closing: the document is read, and the next gets another process
            finally:
                if self._process.growth_bytes > GROWTH_BYTES:
                    self._process.stop()
                # Now, not when the next document waits for it.
                self._process.start()


class ParsedFile:
    """A file open in the parser process. Every method may raise CorruptFile, ParserTimeout or ParserMemory."""

    def __init__(self, process: ParserProcess, path: Path, page_seconds: float, max_pages: int) -> None:
        self._process = process
        self._seconds = page_seconds
        self._max_pages = max_pages
        self._opening: Header = {"do": "open", "path": str(path.absolute()), "max_pages": max_pages}
        self.page_count = self._open()

    def layer(self, page: int) -> Layer:
        """The page's text layer and the evidence around it."""
        header, _ = self._ask({"do": "layer", "page": page})
        try:
            return _layer(header)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self._distrust(error) from error

    def raster(self, page: int, dpi: int) -> Raster:
        """The page in gray at `dpi`, scaled down if it would exceed 25 megapixels."""
        header, pixels = self._ask({"do": "raster", "page": page, "dpi": dpi})
        try:
            raster = Raster(int(header["width"]), int(header["height"]), int(header["dpi"]), pixels)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self._distrust(error) from error
        if raster.width < 1 or raster.height < 1 or raster.width * raster.height != len(pixels):
            raise self._distrust(ValueError("pixels and size differ"))
        return raster

    def picture(self, page: int, dpi: int) -> bytes:
        """The page as a PNG, for people."""
        _, png = self._ask({"do": "picture", "page": page, "dpi": dpi})
        if not png.startswith(_PNG_MAGIC):
            raise self._distrust(ValueError("not a PNG"))
        return png

    def _open(self) -> int:
        try:
            header, _ = self._answer(self._opening)
        except ParserDied:
            header, _ = self._again(self._opening)
        pages = header.get("pages")
        if not isinstance(pages, int) or not 1 <= pages <= self._max_pages:
            raise self._distrust(ValueError("pages"))
        return pages

    def _ask(self, request: Header) -> tuple[Header, bytes]:
        try:
            return self._answer(request)
        except ParserDied:
            self._again(self._opening)
            return self._again(request)

    def _again(self, request: Header) -> tuple[Header, bytes]:
        """Once more in a new process: the first may have been killed for no fault of the file."""
        try:
            return self._answer(request)
        except ParserDied as died:
            raise (ParserMemory if is_out_of_memory(died) else CorruptFile)(str(died)) from died

    def _answer(self, request: Header) -> tuple[Header, bytes]:
        header, body = self._process.ask(request, self._seconds)
        if "error" in header:
            raise _ERRORS.get(str(header["error"]), CorruptFile)(str(header.get("detail", "")))
        return header, body

    def _distrust(self, error: Exception) -> CorruptFile:
        """The process speaks no sense: the file may have taken it over."""
        self._process.stop()
        return CorruptFile(f"unusable answer: {type(error).__name__}")


def _layer(header: Header) -> Layer:
    """The values as types of ours, whatever the process sent. Raises KeyError, TypeError, ValueError, OverflowError."""
    return Layer(
        text=_storable(header["text"]),
        words=tuple(_word(*word) for word in header["words"]),
        width=_within(header["width"], _MAX_POINTS),
        height=_within(header["height"], _MAX_POINTS),
        image_cover=_within(header["image_cover"], 1.0),
        inner_characters=int(header["inner_characters"]),
        has_drawings=bool(header["has_drawings"]),
        invisible=bool(header["invisible"]),
    )


def _word(text: Any, left: Any, top: Any, right: Any, bottom: Any) -> Word:
    return Word(_storable(text), _within(left, 1.0), _within(top, 1.0), _within(right, 1.0), _within(bottom, 1.0))


def _within(value: Any, limit: float) -> float:
    # The order matters: min() lets its first argument win over NaN.
    return max(0.0, min(limit, float(value)))


def _storable(text: Any) -> str:
    return _UNSTORABLE.sub("\ufffd", str(text))
