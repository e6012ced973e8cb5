"""Pages as read: the checkpoint of `extract`, keyed by the file's content and how it was read.

The same bytes are never read twice by the same recipe, whatever document or attempt they belong to.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH, insert

from ingest.db.schema import page_texts
from ingest.domain.pages import MARGIN, Page, Word, edge_text

# Strict, because otherwise the filter would be asked of a word's parts instead of the word.
_EDGE_WORDS = f"strict $[*] ? (@[2] < {MARGIN} || @[4] > {1 - MARGIN})"


def save(connection: Connection, content_sha256: bytes, recipe: str, pages: Sequence[Page]) -> None:
    """Keep these pages; one that is there already stays as it is."""
    rows = [_row(content_sha256, recipe, page) for page in pages]
    if rows:
        connection.execute(insert(page_texts).on_conflict_do_nothing(), rows)


def find_all(connection: Connection, content_sha256: bytes, recipe: str) -> dict[int, Page]:
    """The pages read before, by number, without words but with their `edge_text`: the words of 2,000 pages would fill 40 MB."""
    edge_words = func.jsonb_path_query_array(page_texts.c.words, cast(_EDGE_WORDS, JSONPATH)).label("edge_words")
    columns = [column for column in page_texts.c if column.name != "words"]
    found = connection.execute(
        select(*columns, edge_words).where(page_texts.c.content_sha256 == content_sha256, page_texts.c.recipe == recipe)
    )
    return {row.page: replace(_page(row, ()), edge_text=edge_text(Word(*word) for word in row.edge_words)) for row in found}


def numbers(connection: Connection, content_sha256: bytes, recipe: str) -> set[int]:
    """The numbers of the pages read before."""
    found = select(page_texts.c.page).where(page_texts.c.content_sha256 == content_sha256, page_texts.c.recipe == recipe)
    return set(connection.execute(found).scalars())


def unread(connection: Connection, content_sha256: bytes, recipe: str) -> list[Page]:
    """The pages, in order and without words, of which a fault left nothing."""
    columns = [column for column in page_texts.c if column.name != "words"]
    found = connection.execute(
        select(*columns)
        .where(page_texts.c.content_sha256 == content_sha256, page_texts.c.recipe == recipe)
        .where(page_texts.c.fault != "", func.btrim(page_texts.c.text, " \n") == "")
        .order_by(page_texts.c.page)
    )
    return [_page(row, ()) for row in found]


def find(connection: Connection, content_sha256: bytes, recipe: str, number: int) -> Page | None:
    """The page with all its words, or None."""
    row = connection.execute(
        select(page_texts).where(
            page_texts.c.content_sha256 == content_sha256, page_texts.c.recipe == recipe, page_texts.c.page == number
        )
    ).one_or_none()
    return None if row is None else _page(row, tuple(Word(*word) for word in row.words))


def _row(content_sha256: bytes, recipe: str, page: Page) -> dict[str, Any]:
    return {
        "content_sha256": content_sha256,
        "recipe": recipe,
        "page": page.number,
        "text": page.text,
        "how": page.how,
        "confidence": page.confidence,
        "width": page.width,
        "height": page.height,
        "orientation": page.orientation,
        "language": page.language,
        "fault": page.fault,
        "words": page.words,
    }


def _page(row: Any, words: tuple[Word, ...]) -> Page:
    return Page(
        number=row.page,
        text=row.text,
        how=row.how,
        confidence=row.confidence,
        width=row.width,
        height=row.height,
        orientation=row.orientation,
        language=row.language,
        fault=row.fault,
        words=words,
    )
