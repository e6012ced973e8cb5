"""Searchable copies of documents: the pages as they were sent, what was read on them as text to be searched and selected."""

from ingest.db import pages, texts
from ingest.db.engine import Database
from ingest.domain.documents import Document
from ingest.domain.object_keys import derived_prefix
from ingest.domain.pages import Word
from ingest.errors import NotFound
from ingest.ports import ObjectStore
from ingest.viewing.pictures import Pictures

PDF_TYPE = "application/pdf"
_LAYER = "1"  # raise when the same words would be written in another way: copies are then made anew


class SearchableCopies:
    """The searchable copies of one store's documents, made at the first asking and kept in the derived bucket."""

    def __init__(self, database: Database, store: ObjectStore, pictures: Pictures) -> None:
        """`pictures` lends its reader, for which both wait in one queue."""
        self._database = database
        self._store = store
        self._pictures = pictures

    def key_of(self, document: Document) -> str:
        """The key of its copy in the derived bucket, where it lies when this returns.

        Raises NotFound where it was not read yet, PicturesBusy, and what store and reader raise.
        """
        with self._database.begin() as connection:
            stored = texts.clean_text(connection, document.id)
        if stored is None or document.content_sha256 is None or document.version_id is None:
            raise NotFound
        recipe = stored[1]
        key = searchable_key(document, recipe)
        if key not in self._store.derived(key):
            with self._pictures.in_turn(key):
                if key not in self._store.derived(key):
                    self._pictures.keep(document, key, self._made(document, recipe, key), PDF_TYPE)
        return key

    def _made(self, document: Document, recipe: str, key: str) -> bytes:
        with self._pictures.opened(document, key) as opened:
            for number in range(1, opened.page_count + 1):
                words, turn = self._read(document.content_sha256 or b"", recipe, number)
                opened.copy_page(number, words, turn)
            return opened.copied()

    def _read(self, content_sha256: bytes, recipe: str, number: int) -> tuple[tuple[Word, ...], int]:
        """What OCR read on the page and how its lines lie; a text layer is on the page already."""
        with self._database.begin() as connection:
            page = pages.find(connection, content_sha256, recipe, number)
        return ((), 0) if page is None or page.how != "ocr" else (page.words, page.orientation)


def searchable_key(document: Document, recipe: str) -> str:
    """Where the copy is kept: that of other bytes, or read by another recipe, is another."""
    content = (document.content_sha256 or b"").hex()[:16]
    said = "".join(character if character.isalnum() or character in "-." else "_" for character in recipe)
    return f"{derived_prefix(document)}searchable-{_LAYER}-{content}-{said}.pdf"
