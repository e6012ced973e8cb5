"""The parser process, from inside: the one place where a file's inside is opened.

Started by `ingest.adapters.parser.process` as `python -m ingest.adapters.parser.child MEMORY_BYTES`; answers
one message at a time until its standard input ends. It can write no file, start no process, reach no network and
leave no core.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from ingest.adapters.parser import pillow_reader, pymupdf_reader
from ingest.adapters.parser.confinement import confine
from ingest.adapters.parser.messages import LENGTHS, RASTER_FIELDS, Header, MessageTooLong, pack, unpack_header
from ingest.errors import BandejaError, CorruptFile, EmptyFile, NotADocument, ParserMemory, TooManyPages

_MAGIC_BYTES = 1024  # the header of a PDF stands within the first KB (PDF 1.7, implementation note 13)

File = pymupdf_reader.PdfFile | pillow_reader.ImageFile


def main() -> None:
    """Answer until standard input ends."""
    libc = ctypes.CDLL(None)
    confine(libc, int(sys.argv[1]))
    requests = sys.stdin.buffer
    # The protocol keeps its own descriptor; what a library prints must not land in it.
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    libc.malloc_trim(0)  # importing PyMuPDF takes and frees some 70 MB, which glibc would keep
    _send(answers, {"ready": True})
    _Desk(libc).serve(requests, answers)


def _send(answers: BinaryIO, header: Header, body: bytes = b"") -> None:
    answers.writelines(pack(header, body))
    answers.flush()


class _Desk:
    """Holds the one open file and answers questions about it."""

    def __init__(self, libc: Any) -> None:
        self._libc = libc
        self._file: File | None = None

    def serve(self, requests: BinaryIO, answers: BinaryIO) -> None:
        while lengths := requests.read(LENGTHS.size):
            request = unpack_header(requests.read(LENGTHS.unpack(lengths)[0]))
            try:
                header, body = self._answer(request)
                _send(answers, header, body)
            except BandejaError as error:
                _send(answers, {"error": error.code, "detail": error.detail})
            except (MemoryError, MessageTooLong) as error:
                _send(answers, {"error": ParserMemory.code, "detail": repr(error)[:200]})
            except Exception as error:  # noqa: BLE001  the outermost loop: whatever a parser raises is about the file
                kind = ParserMemory if pymupdf_reader.is_out_of_memory(error) else CorruptFile
                _send(answers, {"error": kind.code, "detail": repr(error)[:200]})

    def _answer(self, request: Header) -> tuple[Header, bytes]:
        match request["do"]:
            case "open":
                return self._open(Path(request["path"]), request["max_pages"], request["passwords"]), b""
            case "close":
                self._close()
                return {}, b""
            case "layer":
                return self._opened.layer(request["page"]), b""
            case "raster":
                raster = self._opened.raster(request["page"], request["dpi"], request["as_photo"])
                return {name: getattr(raster, name) for name in RASTER_FIELDS}, raster.pixels
            case "picture":
                return {}, self._opened.picture(request["page"], request["dpi"])
            case unknown:
                raise ValueError(unknown)

    @property
    def _opened(self) -> File:
        if self._file is None:
            raise ValueError("no file is open")
        return self._file

    def _open(self, path: Path, max_pages: int, passwords: list[str]) -> Header:
        self._close()
        with path.open("rb") as file:
            head = file.read(_MAGIC_BYTES)
        if not head:
            raise EmptyFile
        if pillow_reader.is_image(head):
            self._file = pillow_reader.ImageFile(path)
        elif b"%PDF-" in head:
            self._file = pymupdf_reader.PdfFile(path, passwords)
        else:
            raise NotADocument
        if self._file.page_count > max_pages:
            raise TooManyPages(str(self._file.page_count))
        return {"pages": self._file.page_count}

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()
            # Otherwise glibc keeps what large pages took, and the parent would retire us for it.
            self._libc.malloc_trim(0)


if __name__ == "__main__":
    main()
