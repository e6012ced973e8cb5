"""What is put right in a page's text and in its words alike, so that a hit is marked where it stands."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.domain.pages import Page, Word
from ingest.reading.apart import accenting_of, joined_letters
from ingest.reading.lost_letters import mending_of
from ingest.reading.ports import Layer


def mended_layer(layer: Layer) -> Layer:
    """The layer with lost ligatures and accents put back, and letters that were set apart joined."""
    text, words = _mended(layer.text, layer.words)
    return replace(layer, text=text, words=words)


def joined_page(page: Page) -> Page:
    """A page read by OCR with letters that were set apart joined."""
    text, words = joined_letters(page.text, page.words)
    return replace(page, text=text, words=words)


def _mended(text: str, words: Sequence[Word]) -> tuple[str, tuple[Word, ...]]:
    for made_for in (mending_of, accenting_of):
        mend = made_for(text)
        mended = mend(text)
        if mended != text:
            text, words = mended, [word._replace(text=mend(word.text)) for word in words]
    return joined_letters(text, words)
