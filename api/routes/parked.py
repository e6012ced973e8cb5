"""Parked events: what MinIO told that could not be taken in. For whoever looks after the system."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api import problems
from api.access import Admin
from api.paging import LARGEST_NUMBER, Limit, NumberCursor, cut, number_after, number_position
from api.state import AppState
from ingest.db import parked
from ingest.db.parked import ParkedEvent
from ingest.errors import NotFound
from ingest.intake.door import Outcome
from ingest.intake.parked import retry

router = APIRouter(prefix="/api/v1/parked", tags=["parked events"])

EventId = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]

_EXCERPT = 100  # characters


class ParkedEventItem(BaseModel):
    """An event that could not be taken in, with the beginning of its body."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "source": "durable",
                    "reason": "event name s3:ObjectCreated:PutTagging",
                    "received_at": "2026-03-12T15:04:05Z",
                    "excerpt": '{"EventName":"s3:ObjectCreated:PutTagging","Key":"documentos-ugel/inbox/a.pdf","Records":[{"eve',
                }
            ]
        }
    )

    id: int
    source: Annotated[
        str,
        Field(description="The road it came by: `instant`, `durable`, `listing`; `sftp` where the store kept no object of it."),
    ]
    reason: str
    received_at: datetime
    excerpt: Annotated[str, Field(description="The first 100 characters of its body.")]


class ParkedEventList(BaseModel):
    """A page of parked events, newest first."""

    items: list[ParkedEventItem]
    next_cursor: str | None


class ParkedEventAnswer(ParkedEventItem):
    """A parked event with its body as it came: hostile text, at most 64 Ki characters of it."""

    body: str


class ParkedRetryAnswer(BaseModel):
    """What became of a parked event: the outcome of each of its records; `parked` where it stays."""

    outcomes: list[Outcome]
    document_ids: list[UUID]


def _facts(event: ParkedEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "source": event.source,
        "reason": event.reason,
        "received_at": event.received_at,
        "excerpt": event.body[:_EXCERPT],
    }


@router.get("")
def list_parked(state: AppState, _: Admin, cursor: NumberCursor = None, limit: Limit = 50) -> ParkedEventList:
    """Parked events, newest first."""
    with state.services.database.begin() as connection:
        rows = parked.newest(connection, before=number_position(cursor), limit=limit + 1)
    page, next_cursor = cut(rows, limit, lambda row: number_after(row.id))
    return ParkedEventList(items=[ParkedEventItem(**_facts(row)) for row in page], next_cursor=next_cursor)


@router.get("/{event_id}", responses=problems.documented("not_found"))
def get_parked(event_id: EventId, state: AppState, _: Admin) -> ParkedEventAnswer:
    """One of them, with its body."""
    with state.services.database.begin() as connection:
        event = parked.find(connection, event_id)
    if event is None:
        raise NotFound
    return ParkedEventAnswer(**_facts(event), body=event.body)


@router.post("/{event_id}/retry", responses=problems.documented("not_found"))
def retry_parked(event_id: EventId, state: AppState, _: Admin) -> ParkedRetryAnswer:
    """Take it in once more, as after an update; it stays where it still cannot be taken."""
    with state.services.database.begin() as connection:
        taken = retry(connection, state.services.intake, event_id)
    changed = [document for one in taken for document in one.documents]
    state.queue.follow_commit(changed)
    return ParkedRetryAnswer(outcomes=[one.outcome for one in taken], document_ids=[one.id for one in changed])


@router.delete("/{event_id}", status_code=204, responses=problems.documented("not_found"))
def forget_parked(event_id: EventId, state: AppState, _: Admin) -> Response:
    """Forget it. The object it speaks of, if there is one, is not touched."""
    with state.services.database.begin() as connection:
        if not parked.forget(connection, event_id):
            raise NotFound
    return Response(status_code=204)
