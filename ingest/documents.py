"""The words of the domain: statuses, object versions, pages, chunks, descriptions.

Plain values without behaviour towards the outside: no SDK, no database, no web framework.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from unicodedata import combining, normalize
from uuid import UUID, uuid5

# The namespace of ids that derive from where an object lies (contract: "a UUIDv5 of bucket, key
# and version, so that a rebuild gives the same ids"). Changing it changes every such id.
OBJECT_NAMESPACE = UUID("6f1b1f0e-2b0e-5d3c-9d6a-62616e64656a")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Status(StrEnum):
    """Where a document stands; the same words in the database, the API and the docs."""

    AWAITING_UPLOAD = "awaiting_upload"
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ERROR = "error"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    SUPERSEDED = "superseded"


FINAL = frozenset({Status.COMPLETED, Status.ERROR, Status.EXPIRED, Status.CANCELLED, Status.DELETED, Status.SUPERSEDED})


class CeleryState(StrEnum):
    """Celery's word for a status, as `AsyncResult` says it."""

    PENDING = "PENDING"
    PROGRESS = "PROGRESS"
    RETRY = "RETRY"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    REVOKED = "REVOKED"


_CELERY_STATE = {
    Status.AWAITING_UPLOAD: CeleryState.PENDING,
    Status.QUEUED: CeleryState.PENDING,
    Status.PROCESSING: CeleryState.PROGRESS,
    Status.COMPLETED: CeleryState.SUCCESS,
    Status.SUPERSEDED: CeleryState.SUCCESS,
    Status.ERROR: CeleryState.FAILURE,
    Status.EXPIRED: CeleryState.FAILURE,
    Status.CANCELLED: CeleryState.REVOKED,
    Status.DELETED: CeleryState.REVOKED,
}


def celery_state(status: Status, *, waiting_for_retry: bool) -> CeleryState:
    """Celery's word for a status; `queued` with a `next_retry_at` is RETRY (contract, "Words")."""
    if status is Status.QUEUED and waiting_for_retry:
        return CeleryState.RETRY
    return _CELERY_STATE[status]


def folded(word: str) -> str:
    """A document type as it is stored: lower case, no accents, `_` for spaces (`Oficio múltiple` → `oficio_multiple`)."""
    decomposed = normalize("NFD", word.strip().lower().replace(" ", "_"))
    return "".join(character for character in decomposed if not combining(character))


class Source(StrEnum):
    """Through which door a document came, told by its key."""

    UPLOAD = "upload"
    SCANNER = "scanner"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of one object, as an event, a listing or a HEAD describes it.

    `version_id` is "" in an unversioned bucket. `sequencer` is the hex of the modification time in
    nanoseconds (MinIO), "" where unknown; sixteen digits, so it compares as text. `metadata` holds the
    `x-amz-meta-*` values with that prefix removed and names in lower case.
    """

    bucket: str
    key: str
    version_id: str = ""
    etag: str = ""
    size: int = 0
    content_type: str = ""
    sequencer: str = ""
    modified: datetime | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """What tells this version from others of its key: the version id, or eTag and time.

        The time is cut to milliseconds, because an event has nanoseconds, a listing milliseconds.
        """
        if self.version_id and self.version_id != "null":
            return self.version_id
        return f"{self.etag}@{int(self.order or '0', 16) // 1_000_000}"

    @property
    def order(self) -> str:
        """Where it stands among the versions of its key: the sequencer, else the time of modification as one, else ""."""
        if self.sequencer:
            return f"{int(self.sequencer, 16):016X}"
        return sequencer_of(self.modified) if self.modified else ""


def sequencer_of(moment: datetime) -> str:
    """A time of modification as MinIO's sequencer: nanoseconds since 1970 in sixteen hexadecimal digits."""
    # In whole numbers: a float of seconds is a microsecond short now and then, and the millisecond with it.
    return f"{(moment - _EPOCH) // timedelta(microseconds=1) * 1000:016X}"


def stored_version(identity: str) -> str:
    """The version id to ask the store for: "" when the identity was made of eTag and time."""
    return "" if "@" in identity else identity


def object_document_id(bucket: str, key: str, version: str) -> UUID:
    """The id of a document that came without an upload call: the same object gives the same id."""
    return uuid5(OBJECT_NAMESPACE, f"{bucket}\0{key}\0{version}")


class Word(NamedTuple):
    """A word and its box, in fractions (0–1) of the page's width and height, origin top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one page and how it came: `layer` (text layer), `ocr` or `none` (blank).

    `confidence` is 0–1; `number` counts from 1; `orientation` is the clockwise turn, in degrees,
    that set the page upright; width and height are in points, `language` an ISO 639-3 code or "".
    `fault` is the code of the error that kept the page, or a part of it, from being read, or "".
    """

    number: int
    text: str
    how: str
    confidence: float
    width: float
    height: float
    orientation: int = 0
    language: str = ""
    fault: str = ""
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class CleanText:
    """The cleaned text of a document; `page_starts[i]` is the offset at which page i+1 starts.

    Pages are parted by a form feed, which belongs to no page.
    """

    text: str
    page_starts: tuple[int, ...]

    def page_at(self, offset: int) -> int:
        """The number (from 1) of the page that the character at `offset` stands on."""
        return max(1, bisect_right(self.page_starts, offset))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: `text` is `clean.text[start:end]`, standing on pages `first_page` to `last_page`."""

    ordinal: int
    text: str
    start: int
    end: int
    first_page: int
    last_page: int


@dataclass(frozen=True, slots=True)
class Description:
    """What a document says of itself; an empty string or None where it does not say.

    `document_type` is a lower-case Spanish word (`oficio`, `resolucion`, `memorando`, …); `number` is
    as written ("123-2025"), `office` the unit that issued it, `recipe` who described it.
    """

    document_type: str = ""
    number: str = ""
    office: str = ""
    subject: str = ""
    issued_on: date | None = None
    title: str = ""
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A row of the `documents` table, column by column (see docs/architecture.md, "Tables")."""

    id: UUID
    status: Status
    source: Source
    bucket: str
    object_key: str
    version_id: str | None
    etag: str
    sequencer: str
    size: int
    content_type: str
    filename: str
    device: str | None
    upload_metadata: dict[str, str]
    declared_sha256: bytes | None
    erasing: bool
    drawn: bool
    content_sha256: bytes | None
    modified_at: datetime | None
    created_by: UUID | None
    # where the work stands
    queue: str
    stage: str
    stored: bool
    progress: int
    pages_done: int
    pages_total: int | None
    pages_left: int | None
    pages_known: int
    reading_since: datetime | None
    degraded_pages: list[int]
    attempt: int
    claims: int
    retries: int
    crashes: int
    lease_token: UUID | None
    lease_until: datetime | None
    next_run_at: datetime | None
    sent_seq: int | None
    sent_at: datetime | None
    claimed_seq: int | None
    error_code: str | None
    trace_id: str
    tagging: bool
    # what it says of itself
    document_type: str
    document_number: str
    office: str
    subject: str
    title: str
    issued_on: date | None
    described_by: str
    # when
    created_at: datetime
    expires_at: datetime | None
    arrived_at: datetime | None
    started_at: datetime | None
    searchable_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime

    @property
    def searchable(self) -> bool:
        """Whether search finds its text."""
        return self.searchable_at is not None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in FINAL

    @property
    def state(self) -> CeleryState:
        """Celery's word for where it stands."""
        return celery_state(self.status, waiting_for_retry=self.next_run_at is not None)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a document: every write carries the token (fencing token)."""

    document_id: UUID
    token: UUID
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """A point on the way: percentage 0–100 and the stage's name."""

    percent: int
    stage: str
    pages_done: int | None = None
    pages_total: int | None = None
