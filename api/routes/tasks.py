"""Tasks: where a document stands, live too, and running it again or stopping it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api import problems
from api.access import Admin, Caller, Reader, Uploader
from api.conditional import NOT_MODIFIED, conditional
from api.inputs import Moment, Text, in_utc
from api.paging import Cursor, Limit, cursor_after, cut, position
from api.schemas import RetryManyAnswer, RetryManyRequest, RetryRequest, TaskAnswer, TaskList
from api.state import AppState, State
from api.streams import Stream
from ingest.db import documents, history
from ingest.db.keys import ApiKey
from ingest.domain.documents import Document, Status
from ingest.errors import Conflict, Forbidden, NotFound
from ingest.pipeline.replay import replay, replay_all

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])

PING_SECONDS = 15.0


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
    device: Text | None = None,
    since: Moment | None = None,
    code: Text | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TaskList:
    """Tasks, newest first; `code` is an error code. A `since` without a zone is of the office's (`BANDEJA_TIMEZONE`)."""
    from_moment = in_utc(since, ZoneInfo(state.settings.timezone)) if since else None
    filters = documents.Filters(status=status, device=device, since=from_moment, error_code=code)
    with state.services.database.begin() as connection:
        rows = documents.newest(connection, filters, after=position(cursor), limit=limit + 1)
    page, next_cursor = cut(rows, limit, cursor_after)
    return TaskList(items=[TaskAnswer.of(row, request) for row in page], next_cursor=next_cursor)


@router.get("/{task_id}", response_model=TaskAnswer, responses=problems.documented("not_found") | NOT_MODIFIED)
def get_task(task_id: UUID, request: Request, state: AppState, key: Caller) -> Response:
    """Where the document stands; a key that may only upload sees what it uploaded. With an ETag: 304 while nothing changes."""
    return conditional(request, TaskAnswer.of(_find_for(key, state, task_id), request))


@router.post(
    "/{task_id}/retry",
    status_code=202,
    responses=problems.documented("not_found", "conflict", "broker_unavailable"),
)
def retry_task(
    task_id: UUID,
    request: Request,
    state: AppState,
    key: Uploader,
    wanted: RetryRequest | None = None,
) -> TaskAnswer:
    """Run the document again from its last good checkpoint, or from a stage on; 409 while it runs.

    A key that may only upload runs what it uploaded. A password opens a locked PDF in this run; it is neither logged nor stored.
    """
    _find_for(key, state, task_id)
    wanted, passwords = wanted or RetryRequest(), state.passwords
    with state.services.database.begin() as connection:
        history.act_as(connection, key.name)
        queued = replay(connection, task_id, wanted.from_stage)
        # Before the commit: no worker may come sooner than the password, and without Redis nothing has happened.
        if wanted.password is None:
            passwords.forget(task_id)
        else:
            passwords.lend(task_id, wanted.password.get_secret_value())
    state.queue.show_document(queued)
    state.queue.follow_commit([queued])
    return TaskAnswer.of(queued, request)


@router.post("/retry", status_code=202)
def retry_tasks(wanted: RetryManyRequest, state: AppState, key: Admin) -> RetryManyAnswer:
    """Run all of a kind again, newest first, a page at a time: call it with `next_cursor` until there is none."""
    filters = documents.Filters(status=wanted.status, error_code=wanted.code, device=wanted.device)
    with state.services.database.begin() as connection:
        rows = documents.newest(connection, filters, after=position(wanted.cursor), limit=wanted.limit + 1)
    chosen, next_cursor = cut(rows, wanted.limit, cursor_after)
    queued = replay_all(state.services.database, chosen, wanted.from_stage, actor=key.name)
    for document in queued:
        state.queue.show_document(document)
    state.queue.follow_commit(queued)
    return RetryManyAnswer(queued=len(queued), refused=len(chosen) - len(queued), next_cursor=next_cursor)


@router.post("/{task_id}/cancel", responses=problems.documented("not_found", "conflict"))
def cancel_task(task_id: UUID, request: Request, state: AppState, key: Uploader) -> TaskAnswer:
    """Stop a document that has not ended; 409 where it has. A key that may only upload stops what it uploaded."""
    _find_for(key, state, task_id)
    with state.services.database.begin() as connection:
        history.act_as(connection, key.name)
        cancelled = documents.cancel(connection, task_id)
    if cancelled is None:
        raise Conflict
    state.passwords.forget(task_id)
    state.queue.show_document(cancelled)
    return TaskAnswer.of(cancelled, request)


_EVENT = {
    "type": "object",
    "required": ["event", "id", "data"],
    "properties": {
        "event": {"const": "task"},
        "id": {"type": "string", "description": "To be sent back as Last-Event-ID."},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/TaskAnswer"},
        },
    },
}
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": _EVENT}},
        "description": "One `task` event a change, the whole task as its data.",
    },
    204: {"description": "The client has seen the end."},
}


@router.get("/{task_id}/events", response_class=Response, responses={**problems.documented("not_found"), **_EVENTS})
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
    return _Following(state, state.streams.open(key.id, found), request, last_event_id)


class _Following(EventSourceResponse):
    """The answer that lasts as long as its stream, and gives its place back however it ends."""

    def __init__(self, state: State, stream: Stream, request: Request, seen: str) -> None:
        super().__init__(_events(stream, request, seen), headers={"Cache-Control": "no-store"})
        self._streams = state.streams
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.close(self._stream)


def _event_id(document: Document) -> str:
    return str(int(document.updated_at.timestamp() * 1_000_000))


async def _events(stream: Stream, request: Request, seen: str) -> AsyncIterator[bytes]:
    while True:
        document = stream.document
        if _event_id(document) != seen:
            seen = _event_id(document)
            yield format_sse_event(data_str=TaskAnswer.of(document, request).model_dump_json(), event="task", id=seen)
        # One that the process's end or a revoked key cuts comes again with Last-Event-ID, if it may.
        if document.has_ended or stream.ended:
            return
        if not await stream.wait(PING_SECONDS):
            yield b": ping\n\n"
