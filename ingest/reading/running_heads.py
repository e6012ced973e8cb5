"""Running heads and feet: the lines that stand at the edge of page after page."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

from ingest.domain.pages import Page
from ingest.domain.stream_safe import without_marks

MIN_PAGES = 3  # twice may be chance
MIN_SHARE = 0.5  # of the pages: books have one head on left pages and another on right ones

_MAX_HEAD_CHARACTERS = 200
_MAX_LINES = 3000  # of a page; a newspaper's has a thousand

_NOWHERE: dict[str, Any] = {}

# A line that is a page number and nothing else. Zeros in front are a form's number or a stamp's.
_PAGE_NUMBER = re.compile(
    r"[\s.|\[(·•–—-]*(?P<word>pagina|pag|pg|page|p|folio|fol|hoja)?\b[\s.:|–—-]*"
    r"(?P<number>[1-9]\d{0,4})(?:\s*(?:de|of|/)\s*(?P<total>[1-9]\d{0,4}))?[\s.|\])·•–—-]*"
)
_COUNTS_PAGES = frozenset(("pagina", "pag", "pg", "page", "p"))  # a folio's number, or a bare one, may be a register's


def without_repeats(pages: Sequence[Page]) -> list[str]:
    """The texts of the pages, each running head or foot kept where it first stands only, so nothing is lost.

    Lines are the same when they say the same, digits too, or when they are page numbers that rise with the pages. Any
    other number says something: the letter's among several letters, the day's among the days.
    """
    edges = [_edge_lines(page) for page in pages]
    said = [{line: _said(line, index, len(pages)) for line in lines} for index, lines in enumerate(edges)]
    standing = Counter(key for keys in said for key in set(keys.values()))
    enough = max(MIN_PAGES, ceil(len(pages) * MIN_SHARE))
    first: dict[str, int] = {}
    texts = []
    for index, (page, keys) in enumerate(zip(pages, said, strict=True)):
        repeats = {line for line, key in keys.items() if standing[key] >= enough and first.setdefault(key, index) < index}
        texts.append("\n".join(line for line in page.text.split("\n") if line not in repeats))
    return texts


def _said(line: str, index: int, pages: int) -> str:
    """What the line says: itself, or for a page number how far it is from the page's place, alike on all pages."""
    plain = " ".join(line.casefold().split())
    found = _PAGE_NUMBER.fullmatch(without_marks(plain))
    if found is None:
        return plain
    number, total = int(found["number"]), int(found["total"] or 0)
    if found["word"] not in _COUNTS_PAGES and max(number, total) > pages:
        return plain
    return f"{found['word'] or ''} {number - index} {total}\0"  # NUL: no line is the same


def _edge_lines(page: Page) -> set[str]:
    """The lines of the page's text that stand, word by word, in its outer eighths, and nowhere else on it."""
    lines = page.text.split("\n")
    if not page.edge_text or len(lines) > _MAX_LINES:
        return set()
    by_words: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.strip() and len(line) <= _MAX_HEAD_CHARACTERS:
            by_words[" ".join(line.split())].append(line)
    standing = _standing(by_words, page.edge_text.split())
    return {line for head, times in standing.items() if len(by_words[head]) <= times for line in by_words[head]}


def _standing(heads: Iterable[str], words: Sequence[str]) -> Counter[str]:
    """The heads whose words stand among these, one after another, and how often: the longest, so that a 3 in `Página 3` is none.

    A trie, so that each word is looked at as often as a head has words, and not once for each of the page's lines.
    """
    trie: dict[str, Any] = {}
    for head in heads:
        node = trie
        for word in head.split(" "):
            node = node.setdefault(word, {})
        node[""] = head
    found: Counter[str] = Counter()
    start = 0
    while start < len(words):
        node, longest = trie, 0
        for at in range(start, len(words)):
            node = node.get(words[at], _NOWHERE)
            if "" in node:
                head, longest = node[""], at + 1 - start
            if not node:
                break
        if longest:
            found[head] += 1
        start += longest or 1
    return found
