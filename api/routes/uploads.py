"""Presigned uploads: the row first, then a signed request for exactly these bytes."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api import problems
from api.access import Uploader
from api.schemas import BatchAnswer, Duplicate, Problem, SignedRequest, UploadAnswer, UploadRequest
from api.state import State, state_of
from ingest.db import documents
from ingest.db.keys import ApiKey
from ingest.domain import object_keys
from ingest.errors import EmptyFile, InvalidRequest, TooLarge, UnsupportedType
from ingest.reading import ocr_languages

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

CONTENT_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png", "image/tiff", "image/webp"})

AppState = Annotated[State, Depends(state_of)]


@router.post("", status_code=201, responses={200: {"model": Duplicate}})
def create_upload(
    wanted: UploadRequest, request: Request, response: Response, state: AppState, key: Uploader
) -> UploadAnswer | Duplicate:
    """A signed request that uploads this one file straight to the store, and the task that follows it."""
    answer = _create(wanted, request, state, key)
    if isinstance(answer, Duplicate):
        response.status_code = 200
    return answer


@router.post("/batch", status_code=201)
def create_uploads(
    wanted: Annotated[list[UploadRequest], Field(min_length=1, max_length=100)],
    request: Request,
    state: AppState,
    key: Uploader,
) -> BatchAnswer:
    """Up to 100 of them; one that is refused does not hinder the others."""
    items: list[UploadAnswer | Duplicate | Problem] = []
    for one in wanted:
        try:
            items.append(_create(one, request, state, key))
        except (EmptyFile, TooLarge, UnsupportedType, InvalidRequest) as error:
            items.append(Problem(**problems.problem(request, error)))
    return BatchAnswer(items=items)


def _create(wanted: UploadRequest, request: Request, state: State, key: ApiKey) -> UploadAnswer | Duplicate:
    _check(wanted, state)
    duplicate = _duplicate(wanted, request, state, key)
    if duplicate is not None:
        return duplicate
    settings = state.settings
    document_id = uuid4()
    object_key = f"{settings.inbox_prefix}upload/{document_id}/{object_keys.safe_segment(wanted.filename)}"
    expires_at = datetime.now(UTC) + timedelta(seconds=settings.upload_url_seconds)
    signed = state.services.presigner.sign_upload(
        method=wanted.method,
        key=object_key,
        content_type=_media_type(wanted.content_type),
        size=wanted.size,
        sha256=(wanted.sha256 or "").lower(),
        metadata=object_keys.upload_metadata(wanted.filename, wanted.metadata),
        seconds=settings.upload_url_seconds,
    )
    with state.services.database.begin() as connection:
        documents.await_upload(
            connection,
            {
                "id": document_id,
                "bucket": settings.minio_bucket,
                "object_key": object_key,
                "filename": wanted.filename.replace("\0", ""),
                "content_type": _media_type(wanted.content_type),
                "size": wanted.size,
                "upload_metadata": wanted.metadata,
                "declared_sha256": bytes.fromhex(wanted.sha256) if wanted.sha256 else None,
                "expires_at": expires_at,
                "created_by": key.id,
            },
        )
    return UploadAnswer(
        task_id=document_id,
        document_id=document_id,
        object_key=object_key,
        upload=SignedRequest(method=signed.method, url=signed.url, fields=signed.fields or None, headers=signed.headers or None),
        expires_at=expires_at,
        status_url=_status_url(request, document_id),
    )


def _check(wanted: UploadRequest, state: State) -> None:
    if _media_type(wanted.content_type) not in CONTENT_TYPES:
        raise UnsupportedType(wanted.content_type)
    if wanted.size == 0:
        raise EmptyFile
    if wanted.size > state.settings.max_upload_bytes:
        raise TooLarge(str(wanted.size))
    language = wanted.metadata.get(ocr_languages.METADATA_KEY, "")
    if language and ocr_languages.parsed(language) is None:
        raise InvalidRequest("metadata.language: one to three of ISO 639-1 or Tesseract's names, such as es or spa+que")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _duplicate(wanted: UploadRequest, request: Request, state: State, key: ApiKey) -> Duplicate | None:
    """Only bytes that we hashed count, and only for a key that may read the document."""
    if wanted.sha256 is None or not key.may("read"):
        return None
    with state.services.database.begin() as connection:
        found = documents.find_completed_by_hash(connection, bytes.fromhex(wanted.sha256))
    if found is None:
        return None
    return Duplicate(document_id=found.id, task_id=found.id, status_url=_status_url(request, found.id))


def _status_url(request: Request, document_id: UUID) -> str:
    return str(request.base_url.replace(path=f"/api/v1/tasks/{document_id}"))
