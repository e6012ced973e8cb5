"""What stages and entry points need of the outside, as small Protocols.

One implementation lives in `ingest.adapters`, another as a fake in the tests.
All methods raise the errors of `ingest.errors` and nothing of an SDK.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

from ingest.domain.batches import PageBatch
from ingest.domain.documents import CeleryState, Description, Document, Progress
from ingest.domain.objects import ObjectVersion
from ingest.domain.pages import Word
from ingest.domain.placement import IDENTITY, Placement

Vector = Sequence[float]


class Listed(NamedTuple):
    """An entry of a bucket's listing: a version of an object, or a delete marker; the latest is what its key shows."""

    version: ObjectVersion
    is_latest: bool = True
    is_marker: bool = False


class KeyVersions(Protocol):
    """What the bucket holds of one key."""

    def versions_of(self, key: str) -> list[Listed]:
        """All versions and delete markers of this one key, newest first. Raises ObjectMissing, StorageUnavailable."""


class ObjectStore(KeyVersions, Protocol):
    """The buckets, seen as the service's own user."""

    def download(self, key: str, version_id: str, to: Path) -> bytes:
        """Write the object to `to`; return its SHA-256. Raises ObjectMissing, StorageUnavailable."""

    def stat(self, key: str, version_id: str = "") -> ObjectVersion:
        """The object's facts. Raises ObjectMissing, StorageUnavailable."""

    def listed(self, prefix: str, after_key: str = "") -> Iterator[Listed]:
        """Every version and delete marker of the keys under `prefix` behind `after_key`, keys in the order of their bytes."""

    def is_marker(self, key: str, version_id: str) -> bool:
        """Whether this version of the key is a delete marker. Raises StorageUnavailable."""

    def erase(self, key: str, version_id: str) -> None:
        """Remove that version; an absent one is fine."""

    def erase_up_to(self, key: str, sequencer: str) -> None:
        """Remove the key's versions up to this one, and all of its delete markers when no version is left."""

    def erase_all(self, prefix: str) -> None:
        """Remove every version and delete marker under the prefix."""

    def tag(self, key: str, version_id: str, prefix: str, tags: dict[str, str]) -> None:
        """Make these the version's tags that begin with `prefix`; others stay. Raises ObjectMissing, StorageUnavailable."""

    def put_derived(self, key: str, body: bytes, content_type: str) -> None:
        """Write to the derived bucket."""

    def get_derived(self, key: str) -> bytes | None:
        """Read from the derived bucket; None where absent."""

    def derived(self, prefix: str) -> list[str]:
        """The keys under `prefix` in the derived bucket."""

    def erase_derived(self, prefix: str) -> None:
        """Remove everything under `prefix` from the derived bucket."""

    def notification_matches(self) -> bool:
        """Whether the bucket's notification rule is the one of `infra/minio-notify.json`."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A request that a client may make once: POST with `fields`, or PUT with `headers`."""

    method: str
    url: str
    fields: dict[str, str]
    headers: dict[str, str]


class Presigner(Protocol):
    """Signs requests with users that can do no more than that request."""

    def sign_upload(
        self, *, method: str, key: str, content_type: str, size: int, sha256: str, metadata: dict[str, str], seconds: int
    ) -> SignedUpload:
        """One upload of exactly this key, size and type; `method` is "post" or "put"."""

    def sign_download(self, *, key: str, version_id: str, filename: str, seconds: int) -> str:
        """A URL that reads this one version, named `filename` in the browser."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a page holds besides pixels: the evidence to judge its text layer by.

    `image_cover` is the share (0–1) of the page that its images cover together (scanners cut pages into
    strips); `inner_characters` counts the non-space characters inside the inner 75 % of the page;
    `drawings` (painted lines and areas, as far as 500) is counted only where these are few; `invisible` says that the text is drawn invisibly
    (an OCR layer); `turn` is the clockwise turn, in degrees, that sets its lines upright. Width and height are in points.
    """

    text: str
    words: tuple[Word, ...]
    width: float
    height: float
    image_cover: float
    inner_characters: int
    drawings: int
    invisible: bool
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Raster:
    """A page as 8-bit gray pixels, row by row; `dpi` as rendered.

    `placement` is where the pixels lie on the page as shown (see `ingest.domain.placement`): a raster may be a part of the
    page, turned, or a sheet straightened out of a photo (`is_straightened`). `fault` is the code of the error that kept
    a part of the pixels from being read, or "".
    """

    width: int
    height: int
    dpi: int
    pixels: bytes
    placement: Placement = IDENTITY
    is_straightened: bool = False
    fault: str = ""


class OpenDocument(Protocol):
    """A file being read in a process of its own; pages count from 1.

    Every method may raise CorruptFile, ParserTimeout or ParserMemory.
    """

    @property
    def page_count(self) -> int:
        """How many pages the file has."""

    def layer(self, page: int) -> Layer:
        """The page's text layer and the evidence around it."""

    def raster(self, page: int, dpi: int, as_photo: bool | None = None) -> Raster:
        """The page in gray at `dpi`, scaled down if it would exceed 25 megapixels.

        `as_photo`: whether to look for a sheet, straighten it and even out its light; None lets the reader judge.
        """

    def picture(self, page: int, dpi: int) -> bytes:
        """The page as a PNG, for people."""


class DocumentReader(Protocol):
    """Opens PDFs and images of unknown origin without trusting them."""

    def start(self) -> None:
        """Begin what opening a file needs, so that the first file does not wait for it; does not block."""

    def open(self, path: Path, passwords: Callable[[], Sequence[str]] = tuple) -> AbstractContextManager[OpenDocument]:
        """Open by content, not by name; `passwords` is asked for a locked file alone.

        Raises EmptyFile, NotADocument, CorruptFile, EncryptedPdf, TooManyPages, and what `passwords` raises.
        """


@dataclass(frozen=True, slots=True)
class OcrText:
    """What OCR saw: text, words with boxes as fractions of the raster, and the confidence (0–1)
    of the words weighted by their characters; `turn` is the clockwise turn, in degrees, that sets the raster upright;
    `seconds` is the work (CPU time) that it took.
    """

    text: str
    words: tuple[Word, ...]
    confidence: float
    turn: int = 0
    seconds: float = 0.0


class OcrEngine(Protocol):
    """Reads pixels."""

    recipe: str

    def installed(self) -> Collection[str]:
        """The languages that it can read here."""

    def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
        """Text of one page, within this share of the time that a page may take. Raises ParserTimeout, ParserMemory."""


class Passwords(Protocol):
    """Passwords for locked PDFs: those of the office, and one that somebody gave for one run of one document."""

    def office(self) -> Sequence[str]:
        """Those tried on every locked file."""

    def lend(self, document_id: UUID, password: str) -> None:
        """Keep one for the document's next run, unreadable on any disk. Raises BrokerUnavailable."""

    def for_document(self, document_id: UUID) -> Sequence[str]:
        """Those to try on this document. Raises BrokerUnavailable."""

    def forget(self, document_id: UUID) -> None:
        """The run has ended."""


class Describer(Protocol):
    """Finds type, number, date, office and subject in a text.

    `costs` says whether an answer is paid for, so that it is kept; `recipe` changes whenever answers would.
    """

    recipe: str
    costs: bool

    def describe(self, text: str, filename: str) -> Description:
        """The description of a document. Raises AiRateLimited, AiUnavailable, AiRejected."""


class Embedder(Protocol):
    """Turns text into vectors of length 1; the same model must embed passages and queries."""

    model: str
    dimensions: int
    batch_size: int

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Vector]:
        """One vector a text, in order. Raises AiRateLimited, AiUnavailable, AiRejected."""

    def embed_query(self, text: str) -> Vector:
        """The vector of a question. Raises as `embed_passages`."""


class DocumentQueue(Protocol):
    """Celery as the runner sees it; PostgreSQL stays the truth, so nothing here raises at an outage."""

    def send_all(self, documents: list[Document]) -> int:
        """Send each to its queue; returns how many went, the sweeper sends the rest."""

    def send_batches(self, batches: list[PageBatch]) -> int:
        """Send each page batch; returns how many went, the sweeper sends the rest."""

    def show(self, document_id: UUID, state: CeleryState, progress: Progress, code: str = "") -> None:
        """Make `AsyncResult(document_id)` say this."""

    def show_document(self, document: Document) -> None:
        """Make it say what the row says."""


class Metrics(Protocol):
    """Counters and timings of all processes together; losing one is acceptable, so nothing raises."""

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        """Add to a counter."""

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add to a histogram."""
