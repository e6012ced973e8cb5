"""The words of the domain: statuses, documents, leases, progress.

Plain values without behaviour towards the outside: no SDK, no database, no web framework.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from ingest.domain.stream_safe import without_marks
from ingest.errors import NoTextFound


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
    """Celery's word for a status; `queued` with a `next_retry_at` is RETRY (docs/reference.md, "Statuses")."""
    if status is Status.QUEUED and waiting_for_retry:
        return CeleryState.RETRY
    return _CELERY_STATE[status]


def folded(word: str) -> str:
    """A document type as it is stored: lower case, no accents, `_` for spaces (`Oficio múltiple` → `oficio_multiple`)."""
    return without_marks(word.strip().lower().replace(" ", "_"))


class Source(StrEnum):
    """Whose way a document came in, told by its key."""

    UPLOAD = "upload"
    SCANNER = "scanner"
    OTHER = "other"


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
    sender: str
    subject: str
    title: str
    issued_on: date | None
    described_by: str
    corrections: dict[str, Any]  # as `ingest.domain.corrections` reads them
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
    def text(self) -> Literal["found", "none"] | None:
        """Whether text was `found` in it, or `none`; None while that is not known."""
        if self.status not in (Status.COMPLETED, Status.SUPERSEDED):
            return None
        return "none" if self.error_code == NoTextFound.code else "found"

    @property
    def failure(self) -> str | None:
        """The code of its error; what is only noted of a document is none."""
        is_note = self.error_code == NoTextFound.code and self.status is not Status.ERROR
        return None if is_note else self.error_code

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.status in FINAL

    @property
    def state(self) -> CeleryState:
        """Celery's word for where it stands."""
        return celery_state(self.status, waiting_for_retry=self.next_run_at is not None)


@dataclass(frozen=True, slots=True)
class Announced:
    """An upload that was announced and whose bytes are still to come; `declared_sha256` is the client's own claim."""

    id: UUID
    bucket: str
    object_key: str
    filename: str
    expires_at: datetime
    content_type: str = ""
    size: int = 0
    upload_metadata: dict[str, str] = field(default_factory=dict)
    declared_sha256: bytes | None = None
    created_by: UUID | None = None


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
