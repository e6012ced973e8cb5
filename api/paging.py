"""Cursors: an opaque word that says behind which row a list goes on. Whatever has its form is one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query

from ingest.domain.documents import Document

LARGEST_NUMBER = (1 << 63) - 1  # PostgreSQL's bigint

# Microseconds since 1970, to the year 2286, and the row's id.
CURSOR = r"^[0-9]{1,16}\.[0-9a-f]{32}$"
_NUMBER = r"^[0-9]{1,18}$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.", pattern=CURSOR)]
NumberCursor = Annotated[str | None, Query(description="`next_cursor` of the page before.", pattern=_NUMBER)]


def cut(rows: Sequence[Row], limit: int, cursor_behind: Callable[[Row], str]) -> tuple[Sequence[Row], str | None]:
    """A page of `limit` rows, and the cursor behind it where there are more: `rows` were asked for with one more."""
    return rows[:limit], cursor_behind(rows[limit - 1]) if len(rows) > limit else None


def cursor_after(document: Document) -> str:
    """The cursor behind this row."""
    return f"{(document.created_at - _EPOCH) // timedelta(microseconds=1)}.{document.id.hex}"


def position(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Where a cursor points."""
    if cursor is None:
        return None
    moment, _, document_id = cursor.partition(".")
    return _EPOCH + timedelta(microseconds=int(moment)), UUID(document_id)


def number_after(number: int) -> str:
    """The cursor behind the row of this number."""
    return str(number)


def number_position(cursor: str | None) -> int | None:
    """The number that a cursor points to."""
    return None if cursor is None else int(cursor)
