"""XFA forms: PDFs whose pages Adobe's programs draw from XML, and whose one page for all others says "Please wait".

Imported by the parser process alone. The form's fixed words and what people filled in are read from the XML (XFA 3.3,
chapters 2 and 4): an array of packets that are one document together, or one stream.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

import pymupdf
from pymupdf import mupdf

from ingest.errors import NeedsAcrobat

_MOST_CHARACTERS = 500_000  # in all; a form of a hundred pages has some 100,000
_NOTICE_WORDS = 150  # "Please wait..." has 105, about trademarks most of them
_LONGEST_WORD = 1000  # characters; what is longer is a picture or a signature in Base64
# Of the template, what stands on the form: not the choices of a list, not scripts, not what is read aloud.
_FIXED = frozenset({"draw", "caption"})
_SHOWN_TEXT = frozenset({"text", "exData"})


@dataclass(frozen=True, slots=True)
class Form:
    """An XFA form's fixed words and what was filled in, a line each; `is_elsewhere`: its pages are not in the file."""

    fixed: Sequence[str]
    filled: Sequence[str]
    is_elsewhere: bool

    def lines_beside(self, shown: str) -> list[str]:
        """What the pages with these words do not show."""
        if self.is_elsewhere:
            return list(dict.fromkeys([*self.fixed, *self.filled]))
        words = " ".join(shown.split())
        return list(dict.fromkeys(line for line in self.filled if line not in words))


def form_of(document: Any) -> Form | None:
    """The XFA form that the PDF is, or has inside; None where there is none. Raises NeedsAcrobat for one that says nothing."""
    root = mupdf.pdf_dict_gets(mupdf.pdf_trailer(pymupdf._as_pdf_document(document)), "Root")
    form = mupdf.pdf_dict_gets(root, "AcroForm")
    xfa = mupdf.pdf_dict_gets(form, "XFA")
    if not (mupdf.pdf_is_array(xfa) or mupdf.pdf_is_stream(xfa)):
        return None
    found = _words_of(xfa)
    says_so = bool(mupdf.pdf_to_bool(mupdf.pdf_dict_gets(root, "NeedsRendering")))
    has_fields = mupdf.pdf_array_len(mupdf.pdf_dict_gets(form, "Fields")) > 0
    is_elsewhere = (says_so or not has_fields) and _shows_notice(document)
    if says_so and is_elsewhere and not (found.fixed or found.filled):
        raise NeedsAcrobat("an XFA form without words")
    return Form(found.fixed, found.filled, is_elsewhere and bool(found.fixed or found.filled))


def _shows_notice(document: Any) -> bool:
    return document.page_count == 1 and len(document[0].get_text().split()) <= _NOTICE_WORDS


def _words_of(xfa: Any) -> "_Words":
    packets = list(_packets(xfa))
    found = _Words()
    found.read(b"".join(packets))
    if not found.filled:  # packets that are no one document
        found = _Words()
        for packet in packets:
            found.read(packet)
    return found


def _packets(xfa: Any) -> Iterator[bytes]:
    if mupdf.pdf_is_stream(xfa):
        yield _bytes(xfa)
    for place in range(1, mupdf.pdf_array_len(xfa), 2):
        packet = mupdf.pdf_array_get(xfa, place)
        if mupdf.pdf_is_stream(packet):
            yield _bytes(packet)


def _bytes(stream: Any) -> bytes:
    return bytes(mupdf.pdf_load_stream(stream).fz_buffer_extract_copy())


class _Words:
    """Collects from XML; names are taken without their prefixes, because a packet alone need not declare them."""

    def __init__(self) -> None:
        self.fixed: list[str] = []
        self.filled: list[str] = []
        self._path: list[str] = []
        self._inside: Counter[str] = Counter()  # of the path's names: a path may be as deep as the file is long
        self._said: list[str] = []
        self._room = _MOST_CHARACTERS

    def read(self, xml: bytes) -> None:
        """Take what the document says, up to the first place where it is broken."""
        self._path, self._inside, self._said = [], Counter(), []
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._said.append
        try:
            parser.Parse(xml.strip(b"\0 \r\n\t"), True)
        except expat.ExpatError:
            return

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._take()
        self._path.append(name.rpartition(":")[2])
        self._inside[self._path[-1]] += 1

    def _end(self, _name: str) -> None:
        self._take()
        self._inside[self._path.pop()] -= 1

    def _take(self) -> None:
        """Keep what stood between two tags, where it is a word of the form's."""
        text = " ".join("".join(self._said).split())
        self._said.clear()
        if not text or max(map(len, text.split())) > _LONGEST_WORD or len(text) > self._room:
            return
        if self._inside["datasets"]:  # whose fields may have any name
            kept = self.filled if self._inside["data"] else []
        else:
            on_form = self._inside["template"] and self._is_in(_FIXED) and self._is_in(_SHOWN_TEXT)
            kept = self.fixed if on_form else []
        self._room -= len(text)
        kept.append(text)

    def _is_in(self, names: frozenset[str]) -> bool:
        return any(self._inside[name] for name in names)
