"""Running heads and feet: the lines that stand at the edge of page after page."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

from ingest.domain.pages import Page

MIN_PAGES = 3  # twice may be chance
MIN_SHARE = 0.5  # of the pages: books have one head on left pages and another on right ones

_MAX_HEAD_CHARACTERS = 200
_MAX_LINES = 3000  # of a page; a newspaper's has a thousand

_NOWHERE: dict[str, Any] = {}

_DIGITS = re.compile(r"\d{1,9}")


def without_repeats(pages: Sequence[Page]) -> list[str]:
    """The texts of the pages, each running head or foot kept where it first stands only, so nothing is lost.

    Lines count as the same when they differ in digits only; but a digit that changes otherwise than in step with the
    pages says something (the number of one letter among several), and such a line stays.
    """
    edges = [_edge_lines(page) for page in pages]
    places: dict[str, list[int]] = defaultdict(list)
    for index, lines in enumerate(edges):
        for masked in {_masked(line) for line in lines}:
            places[masked].append(index)
    enough = max(MIN_PAGES, ceil(len(pages) * MIN_SHARE))
    repeated = {masked for masked, found in places.items() if len(found) >= enough}
    first: dict[str, tuple[int, str]] = {}
    texts = []
    for index, (page, lines) in enumerate(zip(pages, edges, strict=True)):
        kept = [
            line
            for line in page.text.split("\n")
            if line not in lines or (masked := _masked(line)) not in repeated or not _is_repeat(line, masked, index, first)
        ]
        texts.append("\n".join(kept))
    return texts


def _edge_lines(page: Page) -> set[str]:
    """The lines of the page's text that stand, word by word, in its outer eighths."""
    lines = page.text.split("\n")
    if not page.edge_text or len(lines) > _MAX_LINES:
        return set()
    by_words: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.strip() and len(line) <= _MAX_HEAD_CHARACTERS:
            by_words[" ".join(line.split())].append(line)
    return {line for head in _standing(by_words, page.edge_text.split()) for line in by_words[head]}


def _standing(heads: Iterable[str], words: Sequence[str]) -> set[str]:
    """The heads whose words stand among these, one after another.

    A trie, so that each word is looked at as often as a head has words, and not once for each of the page's lines.
    """
    trie: dict[str, Any] = {}
    for head in heads:
        node = trie
        for word in head.split(" "):
            node = node.setdefault(word, {})
        node[""] = head
    found = set()
    for start in range(len(words)):
        node = trie
        for at in range(start, len(words)):
            node = node.get(words[at], _NOWHERE)
            if "" in node:
                found.add(node[""])
            if not node:
                break
    return found


def _masked(line: str) -> str:
    return _DIGITS.sub("#", " ".join(line.casefold().split()))


def _is_repeat(line: str, masked: str, index: int, first: dict[str, tuple[int, str]]) -> bool:
    """Whether the line says nothing that its first appearance did not say."""
    if masked not in first:
        first[masked] = (index, line)
        return False
    first_index, first_line = first[masked]
    numbers = zip(_DIGITS.findall(first_line), _DIGITS.findall(line), strict=True)
    return all(now == then or int(now) - int(then) == index - first_index for then, now in numbers)
