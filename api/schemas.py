"""The JSON of requests and answers, as docs/reference.md names it."""

from datetime import date as calendar_date
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api import examples, problems
from api.inputs import Text, Whole
from api.paging import CURSOR
from ingest.domain.documents import CeleryState, Document, Source, Status
from ingest.domain.eta import eta_seconds
from ingest.domain.stages import LABELS
from ingest.errors import by_code

Code = Annotated[str, Field(json_schema_extra={"enum": sorted(by_code())})]
MAX_PASSWORD = 127  # bytes of UTF-8 that count in a PDF (ISO 32000-2, 7.6.4.3.3)
TextFound = Annotated[
    Literal["found", "none"] | None,
    Field(description="`none`: no text was found, so the document is found by its name, device and date."),
]
Stage = Literal["extract", "clean", "chunk", "describe", "store", "embed", "finalize"]


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROBLEM]})

    type: str
    title: str
    status: int
    detail: str
    code: Code
    action: str
    request_id: str
    errors: Annotated[list[dict[str, str]] | None, Field(description="The fields at fault: `{field?, problem}`.")] = None


class TaskError(BaseModel):
    """Why a task failed, or what it waits to try again; at which stage, and the id of that run in the logs."""

    code: Code
    message: str
    action: str
    stage: str | None
    trace_id: str


class TaskAnswer(BaseModel):
    """Where a document stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TASK]})

    task_id: UUID
    document_id: UUID
    object_key: str
    filename: str
    state: CeleryState
    status: Status
    progress: int
    stage: str | None
    stage_label: str | None
    searchable: bool
    pages_done: int
    pages_total: int | None
    degraded: bool
    degraded_pages: list[int]
    text: TextFound
    attempt: int
    next_retry_at: datetime | None
    eta_seconds: float | None
    error: TaskError | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, document: Document, request: Request) -> "TaskAnswer":
        """The answer for a row, its error in the client's language."""
        error = problems.describe(document.failure, problems.language(request)) if document.failure else None
        return cls(
            task_id=document.id,
            document_id=document.id,
            object_key=document.object_key,
            filename=document.filename,
            state=document.state,
            status=document.status,
            progress=document.progress,
            stage=document.stage or None,
            stage_label=LABELS.get(document.stage),
            searchable=document.searchable,
            pages_done=document.pages_done,
            pages_total=document.pages_total,
            degraded=bool(document.degraded_pages),
            degraded_pages=document.degraded_pages,
            text=document.text,
            attempt=document.attempt,
            next_retry_at=document.next_run_at,
            eta_seconds=eta_seconds(document),
            error=TaskError(**error, stage=document.stage or None, trace_id=document.trace_id) if error else None,
            created_at=document.created_at,
            started_at=document.started_at,
            finished_at=document.finished_at,
        )


class TaskList(BaseModel):
    """Tasks, newest first."""

    items: list[TaskAnswer]
    next_cursor: str | None


class RetryRequest(BaseModel):
    """How to run a task again: from which stage on, else from its last good checkpoint; a password opens a locked PDF."""

    model_config = ConfigDict(extra="forbid", validate_by_name=False)

    from_stage: Annotated[Stage | None, Field(alias="from")] = None
    password: Annotated[SecretStr | None, Field(min_length=1, max_length=MAX_PASSWORD)] = None


class RetryManyRequest(BaseModel):
    """Which tasks to run again: those of a status, an error code, a scanner; `from` as for one."""

    model_config = ConfigDict(
        extra="forbid",
        validate_by_name=True,
        json_schema_extra={"examples": [{"status": "error", "code": "ai_unavailable"}]},
    )

    status: Literal["error", "cancelled", "completed"] = "error"
    code: Text | None = None
    device: Text | None = None
    from_stage: Annotated[Stage | None, Field(alias="from")] = None
    cursor: Annotated[str | None, Field(pattern=CURSOR)] = None
    limit: Annotated[int, Field(ge=1, le=200), Whole] = 200


class RetryManyAnswer(BaseModel):
    """How many were queued, and how many could not be; with `next_cursor` there are more, to be asked for again."""

    queued: int
    refused: int
    next_cursor: str | None


class DocumentAnswer(BaseModel):
    """What is known of a document."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DOCUMENT]})

    document_id: UUID
    task_id: UUID
    status: Status
    searchable: bool
    title: str
    document_type: str | None
    document_number: str | None
    office: str | None
    sender: str | None
    subject: str | None
    date: calendar_date | None
    described_by: str | None
    filename: str
    object_key: str
    version_id: str | None
    content_type: str
    size: int
    sha256: str | None
    source: Source
    device: str | None
    pages: int | None
    degraded: bool
    degraded_pages: list[int]
    text: TextFound
    metadata: dict[str, Any]
    created_at: datetime
    arrived_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, document: Document) -> "DocumentAnswer":
        """The answer for a row."""
        return cls(
            document_id=document.id,
            task_id=document.id,
            status=document.status,
            searchable=document.searchable,
            title=document.title or document.filename,
            document_type=document.document_type or None,
            document_number=document.document_number or None,
            office=document.office or None,
            sender=document.sender or None,
            subject=document.subject or None,
            date=document.issued_on,
            described_by=document.described_by or None,
            filename=document.filename,
            object_key=document.object_key,
            version_id=document.version_id,
            content_type=document.content_type,
            size=document.size,
            sha256=document.content_sha256.hex() if document.content_sha256 else None,
            source=document.source,
            device=document.device,
            pages=document.pages_total,
            degraded=bool(document.degraded_pages),
            degraded_pages=document.degraded_pages,
            text=document.text,
            metadata=document.upload_metadata,
            created_at=document.created_at,
            arrived_at=document.arrived_at,
            finished_at=document.finished_at,
        )


class DocumentList(BaseModel):
    """Documents, newest first."""

    items: list[DocumentAnswer]
    next_cursor: str | None


class WordBox(BaseModel):
    """A word and its box [left, top, right, bottom], in fractions of the page from its top left."""

    text: str
    box: tuple[float, float, float, float]


class PageAnswer(BaseModel):
    """A page as it was read: `how` is `layer`, `ocr` or `none`, `confidence` 0–1, sizes in points."""

    document_id: UUID
    page: int
    pages: int | None
    width: float
    height: float
    how: Literal["layer", "ocr", "none"]
    confidence: float
    orientation: int
    language: str | None
    text: str
    words: list[WordBox]
