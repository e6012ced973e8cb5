"""Cursors: an opaque word that says behind which row a list goes on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from ingest.domain.documents import Document
from ingest.errors import InvalidRequest

LARGEST_NUMBER = (1 << 63) - 1  # PostgreSQL's bigint

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


def number_after(number: int) -> str:
    """The cursor behind the row of this number."""
    return urlsafe_b64encode(str(number).encode()).decode()


def number_position(cursor: str | None) -> int | None:
    """The number that a cursor points to. Raises InvalidRequest for one that we did not make."""
    if cursor is None:
        return None
    try:
        number = int(urlsafe_b64decode(cursor.encode()))
    except ValueError:
        raise InvalidRequest("cursor: not one of ours") from None
    return max(0, min(number, LARGEST_NUMBER))
