"""Documents: what is known of one, its text, its pages, its file, and erasing it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from sqlalchemy import Connection

from api import problems
from api.access import Admin, Reader, Uploader
from api.conditional import NOT_MODIFIED, conditional, is_named
from api.correction_schemas import CorrectionRequest
from api.detail_schemas import DocumentDetail, NearDuplicate
from api.history_schemas import HistoryAnswer
from api.inputs import Day, PageNumber, Text
from api.paging import Cursor, Limit, cursor_after, cut, position
from api.schemas import DocumentAnswer, DocumentList, PageAnswer, WordBox
from api.search_schemas import SimilarDocument, SimilarDocuments
from api.state import AppState, State
from api.thread_schemas import ThreadAnswer
from ingest.db import descriptions, documents, history, pages, texts
from ingest.domain.crops import Crop
from ingest.domain.documents import Document, Status, folded
from ingest.errors import Conflict, Forbidden, NotFound
from ingest.search.near_duplicates import near_duplicates
from ingest.search.similar import similar
from ingest.search.thread import thread
from ingest.upkeep import corrections, erasure
from ingest.viewing.pictures import PICTURE_TYPE, picture_key

router = APIRouter(prefix="/api/v1/documents", tags=["documents"])

_PART = r"(0(\.\d{1,6})?|1(\.0{1,6})?)"
_CROP = rf"^{_PART},{_PART},{_PART},{_PART}$"
NOT_FOUND = problems.documented("not_found")
_COPY = problems.documented(
    "not_found",
    "object_missing",
    "encrypted_pdf",
    "corrupt_file",
    "parser_timeout",
    "parser_memory",
    "storage_unavailable",
    "pictures_busy",
)
_PICTURE = _COPY | {
    200: {"content": {PICTURE_TYPE: {}}},
    304: {"description": "The picture that the client has is the right one."},
}


def _find(state: State, document_id: UUID) -> Document:
    """The document, unless it was deleted. Raises NotFound."""
    with state.services.database.begin() as connection:
        found = documents.find(connection, document_id)
    if found is None or found.status is Status.DELETED:
        raise NotFound
    return found


def _crop(given: str | None) -> Crop | None:
    """The part of a page that is asked for."""
    if given is None:
        return None
    left, top, right, bottom = map(float, given.split(","))
    return Crop.around((min(left, right), min(top, bottom), max(left, right), max(top, bottom)))


@router.get("")
def list_documents(
    state: AppState,
    _: Reader,
    document_type: Text | None = None,
    office: Text | None = None,
    date_from: Day | None = None,
    date_to: Day | None = None,
    device: Text | None = None,
    sender: Text | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DocumentList:
    """Documents whose text is in search, newest first."""
    filters = documents.Filters(
        document_type=folded(document_type) if document_type else None,
        office=office,
        date_from=date_from,
        date_to=date_to,
        device=device,
        sender=sender,
    )
    with state.services.database.begin() as connection:
        rows = documents.newest(connection, filters, after=position(cursor), limit=limit + 1, live_only=True)
    page, next_cursor = cut(rows, limit, cursor_after)
    return DocumentList(items=[DocumentAnswer.of(row) for row in page], next_cursor=next_cursor)


@router.get("/{document_id}", response_model=DocumentDetail, responses=NOT_FOUND | NOT_MODIFIED)
def get_document(document_id: UUID, request: Request, state: AppState, _: Reader) -> Response:
    """What is known of the document, where each value was read, and which others are the same letter scanned again.

    With an ETag: 304 while nothing changes.
    """
    document = _find(state, document_id)
    with state.services.database.begin() as connection:
        known = _detail(connection, document)
    return conditional(request, known)


def _detail(connection: Connection, document: Document) -> DocumentDetail:
    same = [NearDuplicate.model_validate(one) for one in near_duplicates(connection, document)]
    return DocumentDetail.shown(document, *descriptions.details(connection, document.id), same)


@router.patch("/{document_id}", responses=problems.documented("not_found", "conflict", "storage_unavailable"))
def correct_document(document_id: UUID, wanted: CorrectionRequest, state: AppState, key: Uploader) -> DocumentDetail:
    """Correct what was read of the document: search and filters know it at once, and no later reading undoes it.

    null takes a correction back. A key that may only upload corrects what it uploaded; 409 for a superseded version.
    """
    found = _find(state, document_id)
    if not key.may("read") and found.created_by != key.id:
        raise Forbidden("read")
    with state.services.database.begin() as connection:
        history.act_as(connection, key.name)
        # Within the transaction, so not waited for long.
        corrected = corrections.correct(connection, state.services.prompt_store, document_id, wanted.changes(), key.name)
        return _detail(connection, corrected)


@router.get("/{document_id}/text", response_class=PlainTextResponse, responses=NOT_FOUND)
def get_text(document_id: UUID, state: AppState, _: Reader) -> PlainTextResponse:
    """The cleaned text; pages are parted by form feeds."""
    _find(state, document_id)
    with state.services.database.begin() as connection:
        stored = texts.clean_text(connection, document_id)
    if stored is None:
        raise NotFound
    return PlainTextResponse(stored[0].text)


@router.get("/{document_id}/pages/{page}", responses=NOT_FOUND)
def get_page(document_id: UUID, page: PageNumber, state: AppState, _: Reader) -> PageAnswer:
    """The page as it was read, its words with boxes."""
    document = _find(state, document_id)
    with state.services.database.begin() as connection:
        stored = texts.clean_text(connection, document_id)
        if stored is None or document.content_sha256 is None:
            raise NotFound
        found = pages.find(connection, document.content_sha256, stored[1], page)
    if found is None:
        raise NotFound
    return PageAnswer(
        document_id=document_id,
        page=found.number,
        pages=document.pages_total,
        width=found.width,
        height=found.height,
        how=found.how,
        confidence=found.confidence,
        orientation=found.orientation,
        language=found.language or None,
        text=found.text,
        words=[WordBox(text=word.text, box=(word.left, word.top, word.right, word.bottom)) for word in found.words],
    )


@router.get("/{document_id}/pages/{page}/image", response_class=Response, responses=_PICTURE)
def get_picture(
    document_id: UUID,
    page: PageNumber,
    state: AppState,
    _: Reader,
    crop: Annotated[
        str | None,
        Query(pattern=_CROP, description="A part, by two opposite corners in fractions of the page: left, top, right, bottom."),
    ] = None,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """A picture of the page (WebP), drawn at the first call and kept in the derived bucket; `crop` is a part of it, sharper.

    A browser may keep it and must ask each time whether it still may be shown: 304, or 404 once the document is deleted.
    503 with Retry-After while too many others are drawn.
    """
    document = _find(state, document_id)
    part = _crop(crop)
    etag = f'"{picture_key(document, page, part)}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": etag}
    # Nobody has it but who was given the picture; `*` is anybody's.
    if "*" not in if_none_match and is_named(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(state.pictures.of_page(document, page, part), media_type=PICTURE_TYPE, headers=headers)


@router.get("/{document_id}/similar", responses=NOT_FOUND)
def get_similar(
    document_id: UUID, state: AppState, _: Reader, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> SimilarDocuments:
    """Documents in search that say much the same, nearest first; none while this one's vectors are still to come."""
    _find(state, document_id)
    model = state.embedders.current(state.services.database).model
    with state.services.database.begin() as connection:
        near = similar(connection, document_id, model, limit)
    return SimilarDocuments(items=[SimilarDocument.model_validate(one) for one in near])


@router.get("/{document_id}/thread", responses=NOT_FOUND)
def get_thread(document_id: UUID, state: AppState, _: Reader) -> ThreadAnswer:
    """The letters that it answers or mentions, and those that answer or mention it, each with the words that say so.

    A document that is not there, or not yet, is null; a number that fits several is among the candidates.
    """
    _find(state, document_id)
    with state.services.database.begin() as connection:
        found = thread(connection, document_id)
    return ThreadAnswer.model_validate(found)


@router.get("/{document_id}/history", responses=NOT_FOUND)
def get_history(document_id: UUID, state: AppState, _: Reader, limit: Limit = 200) -> HistoryAnswer:
    """What happened to the document, oldest first: of more than `limit` the newest."""
    document = _find(state, document_id)
    with state.services.database.begin() as connection:
        happened = history.of_document(connection, document_id, limit)
    return HistoryAnswer.of(document, happened)


@router.get("/{document_id}/file", status_code=307, response_class=RedirectResponse, responses=NOT_FOUND)
def get_file(document_id: UUID, state: AppState, _: Reader) -> RedirectResponse:
    """A redirect to a signed URL of the document's own version, good for minutes."""
    document = _find(state, document_id)
    if document.version_id is None:
        raise NotFound
    url = state.presigner.sign_download(
        key=document.object_key,
        version_id=document.version_id,
        filename=document.filename,
        seconds=state.settings.download_url_seconds,
    )
    return RedirectResponse(url, status_code=307, headers={"Cache-Control": "no-store"})


@router.get("/{document_id}/searchable.pdf", status_code=307, response_class=RedirectResponse, responses=_COPY)
def get_searchable_copy(document_id: UUID, state: AppState, _: Reader) -> RedirectResponse:
    """A redirect to a PDF of the pages as they were sent, what was read on them as text to be searched and selected.

    Made at the first call, some hundredths of a second a page, and kept. 404 until the document was read; 503 with Retry-After
    while too many others are drawn.
    """
    document = _find(state, document_id)
    url = state.presigner.sign_derived(
        key=state.copies.key_of(document),
        filename=f"{document.filename.rpartition('.')[0] or document.filename}.pdf",
        seconds=state.settings.download_url_seconds,
    )
    return RedirectResponse(url, status_code=307, headers={"Cache-Control": "no-store"})


@router.delete("/{document_id}", status_code=204, responses=problems.documented("not_found", "conflict"))
def delete_document(document_id: UUID, state: AppState, key: Admin) -> Response:
    """Hide the document from search at once; object, versions and pictures are erased within seconds.

    409 for a version that a newer one has superseded: it is erased with that one.
    """
    _find(state, document_id)
    with state.services.database.begin() as connection:
        history.act_as(connection, key.name)
        deleted = erasure.delete(connection, document_id)
    if not deleted:
        raise Conflict
    for document in deleted:
        state.queue.show_document(document)
    return Response(status_code=204)
