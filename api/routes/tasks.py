"""Tasks: where a document stands, live too, and running it again or stopping it."""

from asyncio import get_running_loop, sleep
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool

from api.access import Admin, Caller, Reader, Uploader
from api.paging import Cursor, Limit, cursor_after, position
from api.schemas import RetryManyAnswer, RetryManyRequest, TaskAnswer, TaskList
from api.state import State, state_of
from ingest.db import documents
from ingest.db.keys import ApiKey
from ingest.domain.documents import Document, Status
from ingest.errors import Conflict, DatabaseUnavailable, Forbidden, NotFound
from ingest.pipeline.replay import replay, replay_all

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])

AppState = Annotated[State, Depends(state_of)]

POLL_SECONDS = 0.4
PING_SECONDS = 15.0
MAX_PASSWORD = 127  # bytes of UTF-8 that count in a PDF (ISO 32000-2, 7.6.4.3.3)


def _find(state: State, task_id: UUID) -> Document:
    with state.services.database.begin() as connection:
        found = documents.find(connection, task_id)
    if found is None:
        raise NotFound
    state.queue.wait_until_shown(found)
    return found


def _find_for(key: ApiKey, state: State, task_id: UUID) -> Document:
    """The row, for a key that may read it. Raises NotFound, Forbidden."""
    found = _find(state, task_id)
    if not key.may("read") and found.created_by != key.id:
        raise Forbidden("read")
    return found


@router.get("")
def list_tasks(
    request: Request,
    state: AppState,
    _: Reader,
    status: Status | None = None,
    device: str | None = None,
    since: datetime | None = None,
    code: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TaskList:
    """Tasks, newest first; `code` is an error code."""
    filters = documents.Filters(status=status, device=device, since=since, error_code=code)
    with state.services.database.begin() as connection:
        rows = documents.newest(connection, filters, after=position(cursor), limit=limit + 1)
    more = len(rows) > limit
    return TaskList(
        items=[TaskAnswer.of(row, request) for row in rows[:limit]],
        next_cursor=cursor_after(rows[limit - 1]) if more else None,
    )


@router.get("/{task_id}")
def get_task(task_id: UUID, request: Request, state: AppState, key: Caller) -> TaskAnswer:
    """Where the document stands; a key that may only upload sees what it uploaded."""
    return TaskAnswer.of(_find_for(key, state, task_id), request)


@router.post("/{task_id}/retry", status_code=202)
def retry_task(
    task_id: UUID,
    request: Request,
    state: AppState,
    key: Uploader,
    from_stage: Annotated[str | None, Body(embed=True, alias="from")] = None,
    password: Annotated[SecretStr | None, Body(embed=True, min_length=1, max_length=MAX_PASSWORD)] = None,
) -> TaskAnswer:
    """Run the document again from its last good checkpoint, or from a stage on; 409 while it runs.

    A key that may only upload runs what it uploaded. A password opens a locked PDF in this run; it is neither logged nor stored.
    """
    _find_for(key, state, task_id)
    passwords = state.passwords
    with state.services.database.begin() as connection:
        queued = replay(connection, task_id, from_stage)
        # Before the commit: no worker may come sooner than the password, and without Redis nothing has happened.
        if password is None:
            passwords.forget(task_id)
        else:
            passwords.lend(task_id, password.get_secret_value())
    state.queue.show_document(queued)
    state.queue.follow_commit([queued])
    return TaskAnswer.of(queued, request)


@router.post("/retry", status_code=202)
def retry_tasks(wanted: RetryManyRequest, state: AppState, _: Admin) -> RetryManyAnswer:
    """Run all of a kind again, newest first, a page at a time: call it with `next_cursor` until there is none."""
    filters = documents.Filters(status=wanted.status, error_code=wanted.code, device=wanted.device)
    with state.services.database.begin() as connection:
        rows = documents.newest(connection, filters, after=position(wanted.cursor), limit=wanted.limit + 1)
    chosen = rows[: wanted.limit]
    queued = replay_all(state.services.database, chosen, wanted.from_stage)
    for document in queued:
        state.queue.show_document(document)
    state.queue.follow_commit(queued)
    more = len(rows) > wanted.limit
    return RetryManyAnswer(
        queued=len(queued), refused=len(chosen) - len(queued), next_cursor=cursor_after(chosen[-1]) if more else None
    )


@router.post("/{task_id}/cancel")
def cancel_task(task_id: UUID, request: Request, state: AppState, key: Uploader) -> TaskAnswer:
    """Stop a document that has not ended; 409 where it has. A key that may only upload stops what it uploaded."""
    _find_for(key, state, task_id)
    with state.services.database.begin() as connection:
        cancelled = documents.cancel(connection, task_id)
    if cancelled is None:
        raise Conflict
    state.passwords.forget(task_id)
    state.queue.show_document(cancelled)
    return TaskAnswer.of(cancelled, request)


_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "One `task` event a change, the whole task as its data."},
    204: {"description": "The client has seen the end."},
}


@router.get("/{task_id}/events", response_class=Response, responses=_EVENTS)
async def follow_task(
    task_id: UUID, request: Request, state: AppState, key: Caller, last_event_id: Annotated[str, Header()] = ""
) -> Response:
    """The task as server-sent events, from now until it ends.

    Each event is the whole task, its id the moment of the change: after a lost connection the client goes on
    with Last-Event-ID. One that has seen the end is told 204, which ends its reconnecting.
    """
    found = await run_in_threadpool(_find_for, key, state, task_id)
    if found.has_ended and last_event_id == _event_id(found):
        return Response(status_code=204)
    return EventSourceResponse(_events(found, request, state, last_event_id), headers={"Cache-Control": "no-store"})


def _event_id(document: Document) -> str:
    return str(int(document.updated_at.timestamp() * 1_000_000))


async def _events(document: Document, request: Request, state: State, seen: str) -> AsyncIterator[bytes]:
    quiet_since = get_running_loop().time()
    while True:
        if _event_id(document) != seen:
            seen, quiet_since = _event_id(document), get_running_loop().time()
            data = TaskAnswer.of(document, request).model_dump_json()
            yield format_sse_event(data_str=data, event="task", id=seen)
        # A stream would hold up the process's end; the client comes again with Last-Event-ID.
        if document.has_ended or state.shutdown.is_asked() or await request.is_disconnected():
            return
        if get_running_loop().time() - quiet_since > PING_SECONDS:
            quiet_since = get_running_loop().time()
            yield b": ping\n\n"
        await sleep(POLL_SECONDS)
        try:
            document = await run_in_threadpool(_find, state, document.id)
        except (DatabaseUnavailable, NotFound):
            return
