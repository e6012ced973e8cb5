"""What happened to a document, as the API tells it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ingest.db.history import Happened
from ingest.domain.documents import Document
from ingest.domain.stages import LABELS


class HistoryItem(BaseModel):
    """One thing that happened; `by` is the name of the key that asked for it, null for the system itself."""

    at: datetime
    event: Annotated[
        str,
        Field(
            description="`announced`, `arrived`, `started`, `stage`, `waiting` (to be tried again), `searchable`, `completed`,"
            " `failed`, `replayed`, `corrected`, `cancelled`, `expired`, `superseded`, `deleted`."
        ),
    ]
    stage: str | None
    stage_label: str | None
    code: Annotated[str | None, Field(description="The error's, where it failed or waits.")]
    by: str | None
    attempt: int
    trace_id: str | None


class HistoryAnswer(BaseModel):
    """What happened to a document, oldest first; `trace_id` is in every line that its last run logged."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "document_id": "0b7e2c1e-3f5a-4c7e-9a54-3a5f1c0d2b11",
                    "trace_id": "5b0c9f6e2d",
                    "items": [
                        {
                            "at": "2026-03-12T15:04:05Z",
                            "event": "arrived",
                            "stage": None,
                            "stage_label": None,
                            "code": None,
                            "by": None,
                            "attempt": 0,
                            "trace_id": None,
                        }
                    ],
                }
            ]
        }
    )

    document_id: UUID
    trace_id: str | None
    items: list[HistoryItem]

    @classmethod
    def of(cls, document: Document, happened: Sequence[Happened]) -> "HistoryAnswer":
        """The answer for a document."""
        return cls(document_id=document.id, trace_id=document.trace_id or None, items=list(map(_item, happened)))


def _item(one: Happened) -> HistoryItem:
    return HistoryItem(
        at=one.at,
        event=one.event,
        stage=one.stage or None,
        stage_label=LABELS.get(one.stage),
        code=one.code,
        by=one.actor or None,
        attempt=one.attempt,
        trace_id=one.trace_id or None,
    )
