"""The words of pages in search, with their boxes: where a hit's words stand."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, case, func, select, tuple_

from ingest.db.schema import document_texts, documents, page_texts
from ingest.domain.pages import Word

MOST_BYTES = 200_000  # of a page's words as stored: some 10,000 words; what has more is no letter


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of a page as it is shown, and the clockwise turn that sets it upright."""

    words: list[Word]
    orientation: int


def of_pages(connection: Connection, wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], PageWords]:
    """The words of these pages, each a document and a number, as far as they are read and not too many."""
    if not wanted:
        return {}
    few = case((func.pg_column_size(page_texts.c.words) <= MOST_BYTES, page_texts.c.words)).label("words")
    rows = connection.execute(
        select(documents.c.id, page_texts.c.page, page_texts.c.orientation, few)
        .join(document_texts, document_texts.c.document_id == documents.c.id)
        .join(
            page_texts,
            (page_texts.c.content_sha256 == documents.c.content_sha256)
            & (page_texts.c.recipe == document_texts.c.reading_recipe),
        )
        .where(tuple_(documents.c.id, page_texts.c.page).in_(list(wanted)))
    )
    return {(row.id, row.page): PageWords([Word(*word) for word in row.words or ()], row.orientation) for row in rows}
