"""The parser process, from inside: the one place where a file's inside is opened.

Started by `ingest.adapters.parser.process` as `python -m ingest.adapters.parser.child MEMORY_BYTES [photos] [heic]`, with a
socket as its standard input; answers one message at a time until that ends. The file comes with the message, open. The
process can open none, start no process, reach no network and leave no core. So all that it will ever import is imported
before; OpenCV, which takes 0.2 s and 30 MB, where it is told that photos will come, and the decoder of HEIC, where one has.
"""

# What others would import when they first need it, and then cannot (tests/unit/adapters/parser/test_child.py finds more).
import encodings.cp1252
import encodings.raw_unicode_escape  # noqa: F401
import errno
import heapq  # noqa: F401
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from ingest.adapters.confinement import kernel
from ingest.adapters.parser import pillow_reader, pymupdf_reader
from ingest.adapters.parser.confinement import confine
from ingest.adapters.parser.messages import (
    HEIC,
    LENGTHS,
    PHOTOS,
    RASTER_FIELDS,
    Header,
    MessageTooLong,
    pack,
    unpack_header,
)
from ingest.adapters.parser.searchable import MOST_BYTES, SearchableCopy, words_in
from ingest.domain import media_types
from ingest.errors import BandejaError, CorruptFile, EmptyFile, NotADocument, ParserMemory, TooManyPages, UnsupportedType

File = pymupdf_reader.PdfFile | pillow_reader.ImageFile
Request = tuple[Header, int | None]  # what is asked, and the descriptor of the file to open


def main() -> None:
    """Answer until standard input ends."""
    if PHOTOS in sys.argv[2:]:
        from ingest.adapters.parser import sheet_finder  # noqa: F401, PLC0415  only then; see above
    if HEIC in sys.argv[2:]:
        from ingest.adapters.parser import heic_decoder  # noqa: F401, PLC0415  likewise
    serve(_sent(socket.socket(fileno=os.dup(0))))


def _sent(parent: socket.socket) -> Iterator[Request]:
    """What comes through the socket, each with its file if it has one."""
    while True:
        # The descriptor comes with the first byte of its message.
        lengths, descriptors, _, _ = socket.recv_fds(parent, LENGTHS.size, 1, socket.MSG_WAITALL)
        if len(lengths) < LENGTHS.size:
            return
        header = unpack_header(parent.recv(LENGTHS.unpack(lengths)[0], socket.MSG_WAITALL))
        yield header, descriptors[0] if descriptors else None


def serve(requests: Iterable[Request], *, opens_by_name: bool = False) -> None:
    """Confine this process, tell the parent what holds, and answer each request. Raises SystemExit where that fails."""
    # The protocol keeps its own descriptor; what a library prints must not land in it.
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    try:
        walls = confine(int(sys.argv[1]), opens_by_name=opens_by_name, starts_threads=HEIC in sys.argv[2:])
    except (OSError, ValueError) as error:  # setrlimit raises either
        _send(answers, {"unconfined": str(error)})
        raise SystemExit(1) from error
    kernel.trim_heap()  # importing PyMuPDF takes and frees some 70 MB, which glibc would keep
    _send(answers, {"ready": True, "walls": walls})
    _Desk().serve(requests, answers)


def _send(answers: BinaryIO, header: Header, body: bytes = b"") -> None:
    answers.writelines(pack(header, body))
    answers.flush()


class NoHeic(Exception):
    """The process has no decoder for HEIC, and may not start the threads that one needs."""


class _Desk:
    """Holds the one open file and answers questions about it."""

    def __init__(self) -> None:
        self._source: Any = None
        self._file: File | None = None
        self._copy: SearchableCopy | None = None

    def serve(self, requests: Iterable[Request], answers: BinaryIO) -> None:
        for request, descriptor in requests:
            try:
                header, body = self._answer(request, descriptor)
                _send(answers, header, body)
            except pillow_reader.NoOpenCv:
                _send(answers, {"needs": PHOTOS})
            except NoHeic:
                _send(answers, {"needs": HEIC})
            except BandejaError as error:
                _send(answers, {"error": error.code, "detail": error.detail})
            except (MemoryError, MessageTooLong) as error:
                _send(answers, {"error": ParserMemory.code, "detail": repr(error)[:200]})
            except Exception as error:  # noqa: BLE001  the outermost loop: whatever a parser raises is about the file
                kind = ParserMemory if _is_out_of_memory(error) else CorruptFile
                _send(answers, {"error": kind.code, "detail": repr(error)[:200]})

    def _answer(self, request: Header, descriptor: int | None) -> tuple[Header, bytes]:
        match request["do"]:
            case "open":
                return self._open(descriptor, request["max_pages"], request["passwords"]), b""
            case "close":
                self._close()
                return {}, b""
            case "layer":
                return self._opened.layer(request["page"]), b""
            case "raster":
                raster = self._opened.raster(request["page"], request["dpi"], request["as_photo"], request.get("place"))
                return {name: getattr(raster, name) for name in RASTER_FIELDS}, raster.pixels
            case "picture":
                return {}, self._opened.picture(request["page"], request["dpi"], request.get("place"))
            case "copy" | "copied":
                return self._copied(request, descriptor)
            case unknown:
                raise ValueError(unknown)

    @property
    def _opened(self) -> File:
        if self._file is None:
            raise ValueError("no file is open")
        return self._file

    def _open(self, descriptor: int | None, max_pages: int, passwords: list[str]) -> Header:
        self._close()
        if descriptor is None:
            raise ValueError("no file came")
        self._source = os.fdopen(descriptor, "rb", buffering=0)
        try:
            self._file = _opened(self._source, passwords)
            if self._file.page_count > max_pages:
                raise TooManyPages(str(self._file.page_count))
        except BaseException:
            self._close()
            raise
        return {"pages": self._file.page_count}

    def _copy_page(self, number: int, turn: int, descriptor: int | None) -> None:
        """Add a page to the searchable copy, with the words in the file that came."""
        words = []
        if descriptor is not None:
            with os.fdopen(descriptor, "rb") as stream:
                words = words_in(stream.read(MOST_BYTES))
        if number == 1:
            self._copy = SearchableCopy()
        if self._copy is None or self._copy.pages != number - 1:
            raise ValueError("a page is missing before this one")
        self._opened.copy(number, self._copy, words, turn)

    def _copied(self, request: Header, descriptor: int | None) -> tuple[Header, bytes]:
        if request["do"] == "copy":
            self._copy_page(request["page"], request["turn"], descriptor)
            return {}, b""
        copy, self._copy = self._copy, None
        if copy is None:
            raise ValueError("nothing was copied")
        return {"pages": copy.pages}, copy.finished()

    def _close(self) -> None:
        self._copy = None
        if self._file is not None:
            file, self._file = self._file, None
            file.close()
            # Otherwise glibc keeps what large pages took, and the parent would retire us for it.
            kernel.trim_heap()
        if self._source is not None:
            self._source.close()
            self._source = None


def _opened(source: Any, passwords: list[str]) -> File:
    head = source.read(media_types.HEAD_BYTES)
    if not head:
        raise EmptyFile
    media_type = media_types.told_by(head)
    if media_type == media_types.PDF:
        return pymupdf_reader.PdfFile(source.fileno(), passwords)
    if media_type == media_types.HEIC and HEIC not in sys.argv[2:]:
        raise NoHeic
    if media_type in media_types.READ:
        return pillow_reader.ImageFile(source.fileno())
    raise UnsupportedType(media_type) if media_type else NotADocument


def _is_out_of_memory(error: Exception) -> bool:
    no_room = isinstance(error, OSError) and error.errno == errno.ENOMEM  # for the file itself
    return no_room or pymupdf_reader.is_out_of_memory(error)


if __name__ == "__main__":
    main()
