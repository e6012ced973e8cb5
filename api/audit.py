"""Who did what: every call that changes something, or takes a document away, is kept before it is answered."""

from typing import cast

import structlog
from anyio import to_thread
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.state import State, state_of
from ingest.db import audit
from ingest.db.audit import Deed
from ingest.db.keys import ApiKey
from ingest.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)

_DOCUMENT, _TASK, _PARKED = "/api/v1/documents/{document_id}", "/api/v1/tasks/{task_id}", "/api/v1/parked/{event_id}"
ACTIONS = {
    ("POST", "/api/v1/uploads"): "upload_announced",
    ("POST", "/api/v1/uploads/batch"): "uploads_announced",
    ("POST", f"{_TASK}/retry"): "task_retried",
    ("POST", "/api/v1/tasks/retry"): "tasks_retried",
    ("POST", f"{_TASK}/cancel"): "task_cancelled",
    ("PATCH", _DOCUMENT): "document_corrected",
    ("DELETE", _DOCUMENT): "document_deleted",
    ("GET", f"{_DOCUMENT}/file"): "document_downloaded",
    ("GET", f"{_DOCUMENT}/searchable.pdf"): "document_downloaded",
    ("POST", f"{_PARKED}/retry"): "parked_event_retried",
    ("DELETE", _PARKED): "parked_event_forgotten",
    ("POST", "/api/v1/session"): "signed_in",
    ("DELETE", "/api/v1/session"): "signed_out",
}


class Audit:
    """ASGI middleware: the deed is in the database before its answer begins; where that is away, it is in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; keep it where it was done."""

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                request = Request(scope)
                if (deed := _deed(request)) is not None:
                    state = state_of(request)
                    await to_thread.run_sync(_record, state, deed, limiter=state.key_threads)
            await send(message)

        await self._app(scope, receive, keep if scope["type"] == "http" else send)


def _deed(request: Request) -> Deed | None:
    """What this call did, or None for one that only looked."""
    action = ACTIONS.get((request.method, getattr(request.scope.get("route"), "path", "")))
    key = cast(ApiKey | None, getattr(request.state, "key", None))
    if action is None or key is None:
        return None
    # An upload has no id until it is announced.
    subject = getattr(request.state, "subject", "") or next(iter(request.path_params.values()), "")
    address = request.client.host if request.client else ""
    return Deed(key.name, action, str(subject), key.id, address, request.state.request_id)


def _record(state: State, deed: Deed) -> None:
    try:
        with state.services.database.begin() as connection:
            audit.record(connection, deed)
    except DatabaseUnavailable:
        log.warning("audit_unwritten", action=deed.action, who=deed.who, subject=deed.subject)
