"""Presigned uploads: announced here, then sent straight to the store."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import Field

from api import problems
from api.access import Uploader
from api.schemas import Problem
from api.state import AppState, State
from api.upload_schemas import BatchAnswer, Duplicate, SignedRequest, UploadAnswer, UploadItem, UploadRequest
from ingest.db.keys import ApiKey
from ingest.errors import EmptyFile, InvalidRequest, TooLarge, UnsupportedType
from ingest.intake.uploads import Wanted

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

_REFUSED = problems.documented("too_large", "unsupported_type", "empty_file")


RepeatKey = Annotated[
    str, Header(pattern=r"^[\x21-\x7e]*$", max_length=255, description="A word of the client's own, new for each file.")
]


@router.post(
    "", status_code=201, responses=_REFUSED | {200: {"model": Duplicate, "description": "A completed document has these bytes."}}
)
def create_upload(
    wanted: UploadRequest,
    request: Request,
    response: Response,
    state: AppState,
    key: Uploader,
    idempotency_key: RepeatKey = "",
) -> UploadAnswer | Duplicate:
    """A signed request that uploads this one file straight to the store, and the task that follows it.

    Repeated with the same Idempotency-Key, as after an answer that was lost, it is the same document, signed anew.
    """
    answer = _create(wanted, state, key, idempotency_key)
    request.state.subject = str(answer.document_id)
    if isinstance(answer, Duplicate):
        response.status_code = 200
    return answer


@router.post("/batch", status_code=201)
def create_uploads(
    wanted: Annotated[list[UploadItem], Field(min_length=1, max_length=100)],
    request: Request,
    state: AppState,
    key: Uploader,
    idempotency_key: RepeatKey = "",
) -> BatchAnswer:
    """Up to 100 of them; one that is refused does not hinder the others. Idempotency-Key as for one, each by its place."""
    items: list[UploadAnswer | Duplicate | Problem] = []
    for place, one in enumerate(wanted):
        try:
            items.append(_create(one, state, key, f"{idempotency_key}#{place}" if idempotency_key else ""))
        except (EmptyFile, TooLarge, UnsupportedType, InvalidRequest) as error:
            items.append(Problem(**problems.problem(request, error)))
    request.state.subject = f"{len(items)} files"
    return BatchAnswer(items=items)


def _create(wanted: UploadItem, state: State, key: ApiKey, repeat_key: str) -> UploadAnswer | Duplicate:
    asked = Wanted(wanted.filename, wanted.content_type, wanted.size, wanted.method, wanted.sha256 or "", wanted.metadata)
    state.uploads.check(asked)
    # Only for a key that may read the document.
    duplicate = state.uploads.duplicate_of(asked) if key.may("read") else None
    if duplicate is not None:
        return Duplicate(document_id=duplicate.id, task_id=duplicate.id, status_url=state.task_url(duplicate.id))
    expected = state.uploads.expect(asked, key.id, repeat_key)
    signed = expected.request
    return UploadAnswer(
        task_id=expected.document_id,
        document_id=expected.document_id,
        object_key=expected.object_key,
        upload=SignedRequest(method=signed.method, url=signed.url, fields=signed.fields or None, headers=signed.headers or None),
        expires_at=expected.expires_at,
        status_url=state.task_url(expected.document_id),
    )
