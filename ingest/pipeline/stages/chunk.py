"""Chunk: the cleaned text in passages that are found and embedded one by one."""

import re
from collections.abc import Iterator

from ingest.domain.pages import Chunk, CleanText
from ingest.pipeline.work import Work

MIN_CHARACTERS = 800  # the seed's sizes: 800 to 1,000 characters with 100 of overlap
MAX_CHARACTERS = 1000
OVERLAP_CHARACTERS = 100
_LONGEST_WORD = 50  # how far before the overlap's place its first word may begin

_PARAGRAPH = re.compile(r"\n\s*\n|\f")
_SENTENCE = re.compile(r"""[.!?…]["'»”)\]]*(?=\s)""")
_SPACE = re.compile(r"\s")
_LAST_TOKEN = re.compile(r"[^\s(«“\"¿¡]+$")
# Words that end in a full stop without ending a sentence.
_ABBREVIATION_LIST = (
    "a.m art arts av c.c c.p cap cel cf d.l d.n.i d.s dist dpto dr dra dras drs ed ee ej exp fig gob gral inc ing jr"
    " lic lit min ms mg mz n no núm nro nros op p p.d p.m pág págs párr pp prof profa prov r.d r.m r.u.c ref reg res s s.a"
    " sgte sgtes sr sra sras sres srta ss sta sto tel u.g.e.l ud uds urb v vol"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())
_INITIAL_OR_NUMBER = re.compile(r"[A-ZÁÉÍÓÚÑ]|\d{1,2}|[ivxIVX]+")


def run(work: Work) -> None:
    """Make `work.chunks` of `work.clean`."""
    work.chunks = chunks_of(work.clean)


def chunks_of(clean: CleanText) -> list[Chunk]:
    """The passages, in order; none where there is no text.

    Each begins at or before the end of the one before it and the last ends with the text, so that together they are
    the text again. White space around a passage is part of it and does not count for its size.
    """
    return [_chunk(clean, ordinal, start, end) for ordinal, (start, end) in enumerate(_spans(clean.text))]


def _chunk(clean: CleanText, ordinal: int, start: int, end: int) -> Chunk:
    text = clean.text[start:end]
    first = start + len(text) - len(text.lstrip())
    last = start + len(text.rstrip()) - 1
    return Chunk(ordinal, text, start, end, clean.page_at(first), clean.page_at(last))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    text_end = len(text.rstrip())
    start = 0
    while text_end:
        begin = _skip_space(text, start)
        if text_end - begin <= MAX_CHARACTERS:
            yield start, len(text)
            return
        cut = _cut(text, begin + MIN_CHARACTERS, begin + MAX_CHARACTERS)
        end = _skip_space(text, cut)
        yield start, end
        start = _overlap_start(text, begin, cut, end)


def _skip_space(text: str, offset: int) -> int:
    while offset < len(text) and text[offset].isspace():
        offset += 1
    return offset


def _cut(text: str, low: int, high: int) -> int:
    """Where to end a passage: at the last paragraph's end between the two, else sentence's, else word's."""
    for found in (_paragraph_ends(text, low, high), _sentence_ends(text, low, high), _word_ends(text, low, high)):
        last = max(found, default=None)
        if last is not None:
            return last
    return high


def _paragraph_ends(text: str, low: int, high: int) -> Iterator[int]:
    return (found.start() for found in _PARAGRAPH.finditer(text, low, high + 2) if found.start() <= high)


def _sentence_ends(text: str, low: int, high: int) -> Iterator[int]:
    for found in _SENTENCE.finditer(text, low, high + 1):
        token = _LAST_TOKEN.search(text, max(0, found.start() - 20), found.start())
        before = token[0] if token else ""
        if found[0].startswith(".") and (before.lower() in _ABBREVIATIONS or _INITIAL_OR_NUMBER.fullmatch(before)):
            continue
        if found.end() <= high:
            yield found.end()


def _word_ends(text: str, low: int, high: int) -> Iterator[int]:
    return (found.start() for found in _SPACE.finditer(text, low, high + 1))


def _overlap_start(text: str, begin: int, cut: int, end: int) -> int:
    """Where the next passage begins: at the word that stands 100 characters before the cut.

    Without a word's beginning near there, it begins where this one ends.
    """
    written = len(text[begin:cut].rstrip()) + begin
    wanted = written - OVERLAP_CHARACTERS
    before = [found.end() for found in _SPACE.finditer(text, max(begin, wanted - _LONGEST_WORD), max(begin, wanted))]
    after = _SPACE.search(text, max(begin, wanted), written)
    at = before[-1] if before else after.end() if after else end
    at = _skip_space(text, at)
    return at if at < written else end
