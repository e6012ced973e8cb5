"""Who did what, for admins."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from api import problems
from api.access import Admin
from api.inputs import Moment, Text, in_utc
from api.paging import Limit, NumberCursor, cut, number_after, number_position
from api.state import AppState
from ingest.db import audit

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class AuditItem(BaseModel):
    """Something that somebody did: `who` is the name that the key had, `subject` the id or name that it was done to."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "at": "2026-03-12T15:04:05Z",
                    "who": "mesa de partes",
                    "action": "document_corrected",
                    "subject": "0b7e2c1e-3f5a-4c7e-9a54-3a5f1c0d2b11",
                    "address": "192.0.2.7",
                    "request_id": "3f1a9c",
                }
            ]
        },
    )

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    address: str
    request_id: str


class AuditList(BaseModel):
    """A page of deeds, newest first."""

    items: list[AuditItem]
    next_cursor: str | None


@router.get("", responses=problems.documented())
def list_deeds(
    state: AppState,
    _: Admin,
    who: Text | None = None,
    action: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    since: Moment | None = None,
    cursor: NumberCursor = None,
    limit: Limit = 50,
) -> AuditList:
    """What was done with keys and by the command line, newest first: uploads, downloads, corrections, deletions, keys, scanners."""
    from_then_on = in_utc(since, ZoneInfo(state.settings.timezone)) if since else None
    with state.services.database.begin() as connection:
        found = audit.newest(
            connection, before=number_position(cursor), limit=limit + 1, who=who, action=action, since=from_then_on
        )
    page, next_cursor = cut(found, limit, lambda deed: number_after(deed.id))
    return AuditList(items=[AuditItem.model_validate(deed) for deed in page], next_cursor=next_cursor)
