"""A PDF portfolio (PDF 1.7, 12.3.5): a PDF that holds others, and one page for programs that cannot show them.

Imported by the parser process alone. The PDFs inside are parts of the document, one behind the other; of what else lies
there the name is all that is read.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import pymupdf
from pymupdf import mupdf

from ingest.adapters.parser.xfa import form_of
from ingest.errors import BandejaError, CorruptFile, EncryptedPdf, NeedsAcrobat, NotADocument

OpenPdf = Callable[[bytes], Any]  # raises CorruptFile, EncryptedPdf, NotADocument

_UNOPENED = (CorruptFile, EncryptedPdf, NotADocument, NeedsAcrobat)
_DEEPEST = 3  # portfolios within portfolios; further down they are what their own pages show
_MAGIC, _MAGIC_WITHIN = b"%PDF-", 1024  # as the file's own
# Adobe's page for other programs, in its languages: a sentence or two that name a program or the portfolio itself.
_COVER = re.compile(r"acrobat|adobe|reader|portfolio|portafolio|cartera|porte-documents", re.IGNORECASE)
_COVER_WORDS = 80


class Parts:
    """The pages of a PDF: its own, and in a portfolio those of all PDFs inside, in order, counting from 1.

    Raises NeedsAcrobat for a portfolio that shows a notice and holds no PDF, for an XFA form without words,
    and the first part's error where none can be opened.
    """

    def __init__(self, document: Any, open_pdf: OpenPdf, depth: int = 0) -> None:
        """`open_pdf` opens a part's bytes. One part is open at a time, because a hundred would fill the memory."""
        self.document = document
        self.form = form_of(document)
        self._open_pdf = open_pdf
        self._depth = depth
        self._current: tuple[int, Parts] | None = None
        files = list(_files(document)) if depth < _DEEPEST and _is_portfolio(document) else []
        self.names: Sequence[str] = [name for name, _ in files]
        self._members: list[Any] = []
        self._faults: list[BandejaError] = []
        counts = [count for _, stream in files if (count := self._add(stream))]
        shows_notice = bool(files) and _shows_notice(document)
        if shows_notice and not counts:
            raise NeedsAcrobat("a portfolio without PDFs")
        if shows_notice and len(self._faults) == len(counts):
            raise self._faults[0]
        own = 0 if shows_notice else int(document.page_count)
        self._ends = list(accumulate(counts, initial=own))

    @property
    def page_count(self) -> int:
        """Its pages and those of its parts; one that cannot be opened counts as a page."""
        return self._ends[-1]

    def at(self, number: int) -> tuple["Parts", int]:
        """The part in which the page lies, and its number there. Raises CorruptFile where the part cannot be opened."""
        if number <= self._ends[0]:
            return self, number
        member = bisect_right(self._ends, number - 1) - 1
        try:
            part = self._part(member)
        except _UNOPENED as error:
            raise CorruptFile(f"part {member + 1}: {error.code}") from error
        return part.at(number - self._ends[member])

    def close(self) -> None:
        """Let go of the part that is open, and of the document."""
        self._close_part()
        self.document.close()

    def _close_part(self) -> None:
        if self._current is not None:
            (_, part), self._current = self._current, None
            part.close()

    def _add(self, stream: Any) -> int:
        """Take in a file of the portfolio; how many pages it brings, none where it is no PDF."""
        body = _bytes(stream)
        if _MAGIC not in body[:_MAGIC_WITHIN]:
            return 0
        self._members.append(stream)
        try:
            return self._part(len(self._members) - 1).page_count
        except _UNOPENED as error:
            self._faults.append(error)
            return 1

    def _part(self, member: int) -> "Parts":
        if self._current is None or self._current[0] != member:
            self._close_part()
            document = self._open_pdf(_bytes(self._members[member]))
            self._current = member, Parts(document, self._open_pdf, self._depth + 1)
        return self._current[1]


def _is_portfolio(document: Any) -> bool:
    return document.xref_get_key(document.pdf_catalog(), "Collection")[0] in ("dict", "xref")


def _files(document: Any) -> Iterator[tuple[str, Any]]:
    """Names and streams of the files inside, in the order of the name tree."""
    # PyMuPDF's own embfile_names sees none where the tree has branches, as Acrobat's have.
    tree = mupdf.pdf_load_name_tree(pymupdf._as_pdf_document(document), pymupdf.PDF_NAME("EmbeddedFiles"))
    for place in range(mupdf.pdf_dict_len(tree)):
        specification = mupdf.pdf_dict_get_val(tree, place)
        name = next((name for key in ("UF", "F") if (name := _text(specification, key))), "")
        streams = mupdf.pdf_dict_gets(specification, "EF")
        stream = next((one for key in ("UF", "F") if mupdf.pdf_is_stream(one := mupdf.pdf_dict_gets(streams, key))), None)
        if stream is not None:
            yield name, stream


def _text(specification: Any, key: str) -> str:
    return str(mupdf.pdf_to_text_string(mupdf.pdf_dict_gets(specification, key)))


def _bytes(stream: Any) -> bytes:
    return bytes(mupdf.pdf_load_stream(stream).fz_buffer_extract_copy())


def _shows_notice(document: Any) -> bool:
    """Whether its own pages say no more than that another program is needed."""
    if document.page_count > 1:
        return False
    words = document[0].get_text().split()
    return not words or (len(words) <= _COVER_WORDS and bool(_COVER.search(" ".join(words))))
