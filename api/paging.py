"""Cursors: an opaque word that says behind which row a list goes on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from ingest.documents import Document
from ingest.errors import InvalidRequest

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=200)]


def cursor_after(document: Document) -> str:
    """The cursor behind this row."""
    return urlsafe_b64encode(f"{document.created_at.isoformat()}|{document.id}".encode()).decode()


def position(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Where a cursor points. Raises InvalidRequest for one that we did not make."""
    if cursor is None:
        return None
    try:
        moment, _, document_id = urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(moment), UUID(document_id)
    except ValueError:
        raise InvalidRequest("cursor: not one of ours") from None
