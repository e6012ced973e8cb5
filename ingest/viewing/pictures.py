"""Pictures of pages: drawn at the first look, by the reader that can be killed, and kept in the derived bucket."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.db import due
from ingest.db.engine import Database
from ingest.domain.documents import Document
from ingest.domain.object_keys import derived_prefix
from ingest.errors import NotFound, ObjectMissing
from ingest.ports import ObjectStore, Passwords
from ingest.reading.ports import DocumentReader

PICTURE_DPI = 110  # readable on a screen, some 200 KB a page


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one store's documents."""

    database: Database
    store: ObjectStore
    reader: DocumentReader
    passwords: Passwords

    def of_page(self, document: Document, page: int) -> bytes:
        """The page as a PNG. Raises NotFound, and what the store and the reader raise."""
        if document.version_id is None or not 1 <= page <= (document.pages_total or 0):
            raise NotFound
        content = (document.content_sha256 or b"").hex()[:16]  # a picture of other bytes is another picture
        key = f"{derived_prefix(document)}page-{page:05d}-{PICTURE_DPI}-{content}.png"
        kept = self.store.get_derived(key)
        if kept is not None:
            return kept
        picture = self._drawn(document, page)
        self._keep(document, key, picture)
        return picture

    def _drawn(self, document: Document, page: int) -> bytes:
        with TemporaryDirectory(prefix="bandeja-") as folder:
            file = Path(folder) / "document"
            found = self.store.download(document.object_key, document.version_id or "", file, at_most=document.size)
            if document.content_sha256 not in {None, found.sha256}:
                raise ObjectMissing("other bytes are stored under its key")
            # Only the office's own: one that was lent is for the run it was lent for.
            with self.reader.open(file, self.passwords.office) as opened:
                return opened.picture(page, PICTURE_DPI)

    def _keep(self, document: Document, key: str, picture: bytes) -> None:
        """The document may be deleted meanwhile: noted before and after, so that the sweeper finds what was put between."""
        with self.database.begin() as connection:
            due.note_pictures(connection, document.id)
        self.store.put_derived(key, picture, "image/png")
        with self.database.begin() as connection:
            due.note_pictures(connection, document.id)
