"""Pictures of pages: drawn at the first look, by the reader that can be killed, and kept in the derived bucket."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Lock
from time import monotonic

from ingest.db import due
from ingest.db.engine import Database
from ingest.domain.crops import Crop
from ingest.domain.documents import Document
from ingest.domain.object_keys import derived_prefix
from ingest.errors import NotFound, ObjectMissing, PermanentError, PicturesBusy
from ingest.ports import ObjectStore, Passwords
from ingest.reading.ports import DocumentReader, OpenDocument

PICTURE_TYPE = "image/webp"
PICTURE_DPI = 110  # readable on a screen, some 60 KB a page
CROP_DPI = 150  # a line is looked at closely
_CROP_BYTES = 32_000_000  # some thousand lines
# Requests that draw or wait for the reader, which draws one page at a time: a browser asks for six at once.
WAITING = 8
_BUSY_SECONDS = 5.0  # a page takes a tenth of a second, a hostile one half a minute
FAILURE_SECONDS = 600.0  # how long a page that could not be drawn is not tried again
_FAILURES = 1000  # that are remembered


class Pictures:
    """The pictures of one store's documents."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        reader: DocumentReader,
        passwords: Passwords,
        failure_seconds: float = FAILURE_SECONDS,
    ) -> None:
        self._database = database
        self._store = store
        self._reader = reader
        self._passwords = passwords
        self._places = BoundedSemaphore(WAITING)
        self._turn = Lock()
        self._failures = _Failures(failure_seconds)
        self._crops = _Crops()

    def of_page(self, document: Document, page: int, crop: Crop | None = None) -> bytes:
        """The page, or a crop of it, as a WebP. Raises NotFound, PicturesBusy where too many wait already, and what store and reader raise.

        An error of the page itself is remembered for a while, and raised again without another try.
        """
        if document.version_id is None or not 1 <= page <= (document.pages_total or 0):
            raise NotFound
        key = picture_key(document, page, crop)
        return self._kept(key, crop) or self._drawn_in_turn(document, page, key, crop)

    @contextmanager
    def in_turn(self, key: str) -> Iterator[None]:
        """While the block works with the reader, nobody else does. Raises PicturesBusy where too many wait already.

        What was noted of this key lately is raised again without another try.
        """
        self._failures.check(key)
        with _place(self._places), self._turn:
            self._failures.check(key)  # whoever was before us may have failed at it
            yield

    @contextmanager
    def opened(self, document: Document, key: str) -> Iterator[OpenDocument]:
        """The document's file, open in the reader. What the file itself raises is noted for the key."""
        with TemporaryDirectory(prefix="bandeja-") as folder:
            file = Path(folder) / "document"
            found = self._store.download(document.object_key, document.version_id or "", file, at_most=document.size)
            if document.content_sha256 not in {None, found.sha256}:
                raise ObjectMissing("other bytes are stored under its key")
            # Only the office's own: one that was lent is for the run it was lent for.
            try:
                with self._reader.open(file, self._passwords.office) as opened:
                    yield opened
            except PermanentError as error:
                self._failures.note(key, error)
                raise

    def keep(self, document: Document, key: str, body: bytes, media_type: str) -> None:
        """Put it into the derived bucket.

        The document may be deleted meanwhile: noted before and after, so that the sweeper finds what was put between.
        """
        with self._database.begin() as connection:
            due.note_pictures(connection, document.id)
        self._store.put_derived(key, body, media_type)
        with self._database.begin() as connection:
            due.note_pictures(connection, document.id)

    def _kept(self, key: str, crop: Crop | None) -> bytes | None:
        self._failures.check(key)
        return self._crops.find(key) if crop else self._store.get_derived(key)

    def _drawn_in_turn(self, document: Document, page: int, key: str, crop: Crop | None) -> bytes:
        with self.in_turn(key):
            # Whoever was before us may have drawn the same page.
            kept = self._kept(key, crop)
            if kept is not None:
                return kept
            with self.opened(document, key) as opened:
                picture = opened.picture(page, CROP_DPI, crop.box) if crop else opened.picture(page, PICTURE_DPI)
            if crop:
                self._crops.keep(key, picture)
            else:
                self.keep(document, key, picture, PICTURE_TYPE)
            return picture


class _Crops:
    """The crops drawn lately, in bounded memory: in the bucket, whoever may read could fill it with crops that nobody looks at."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def find(self, key: str) -> bytes | None:
        """The crop, if it is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: str, picture: bytes) -> None:
        """Keep it; those that nobody has asked for longest go."""
        with self._lock:
            self._bytes += len(picture) - len(self._kept.pop(key, b""))
            self._kept[key] = picture
            while self._bytes > _CROP_BYTES and self._kept:
                self._bytes -= len(self._kept.popitem(last=False)[1])


class _Failures:
    """Pages that could not be drawn, for a while; the oldest are forgotten first."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._noted: OrderedDict[str, tuple[float, type[PermanentError]]] = OrderedDict()
        self._lock = Lock()

    def note(self, key: str, error: PermanentError) -> None:
        """Remember it."""
        with self._lock:
            self._noted[key] = (monotonic() + self._seconds, type(error))
            if len(self._noted) > _FAILURES:
                self._noted.popitem(last=False)

    def check(self, key: str) -> None:
        """Raise the error that is remembered for this page."""
        with self._lock:
            until, error = self._noted.get(key, (0.0, PermanentError))
        if monotonic() < until:
            raise error("remembered")


def picture_key(document: Document, page: int, crop: Crop | None = None) -> str:
    """Where the picture of a page is kept; a picture of other bytes is another picture. That of a crop names it only."""
    content = (document.content_sha256 or b"").hex()[:16]
    part = f"crop-{'-'.join(map(str, crop))}" if crop else f"{PICTURE_DPI}"
    return f"{derived_prefix(document)}page-{page:05d}-{part}-{content}.webp"


@contextmanager
def _place(places: BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise PicturesBusy("pictures", retry_after=_BUSY_SECONDS)
    try:
        yield
    finally:
        places.release()
