"""A document's cleaned text and chunks: stored together, replaced together, erased together."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, delete, exists, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from ingest.db import vocabulary
from ingest.db.schema import chunks as chunk_table
from ingest.db.schema import descriptions, document_texts, documents, page_texts
from ingest.domain.documents import Document, Status
from ingest.domain.pages import Chunk, CleanText


def replace(connection: Connection, document_id: UUID, clean: CleanText, recipe: str, chunks: Sequence[Chunk]) -> None:
    """Make these the document's text and chunks.

    A chunk that stays as it was keeps its row, and so its vectors: a replay does not pay for them again.
    """
    text = insert(document_texts).values(
        document_id=document_id, text=clean.text, page_starts=list(clean.page_starts), reading_recipe=recipe
    )
    connection.execute(
        text.on_conflict_do_update(
            index_elements=["document_id"],
            # Its new chunks have no vectors yet.
            set_={name: text.excluded[name] for name in ("text", "page_starts", "reading_recipe")} | {"embedded_by": ""},
        )
    )
    rows = [_chunk_row(document_id, chunk) for chunk in chunks]
    kept = [(row["ordinal"], row["text_sha256"]) for row in rows]
    vocabulary.doubt(connection, document_id)
    connection.execute(
        delete(chunk_table).where(
            chunk_table.c.document_id == document_id,
            tuple_(chunk_table.c.ordinal, chunk_table.c.text_sha256).not_in(kept),
        )
    )
    if rows:
        new = insert(chunk_table)
        moved = ("char_start", "char_end", "first_page", "last_page")
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["document_id", "ordinal"], set_={name: new.excluded[name] for name in moved}
            ),
            rows,
        )


def _chunk_row(document_id: UUID, chunk: Chunk) -> dict[str, object]:
    return {
        "document_id": document_id,
        "ordinal": chunk.ordinal,
        "text": chunk.text,
        "text_sha256": sha256(chunk.text.encode()).digest(),
        "char_start": chunk.start,
        "char_end": chunk.end,
        "first_page": chunk.first_page,
        "last_page": chunk.last_page,
    }


def clean_text(connection: Connection, document_id: UUID) -> tuple[CleanText, str] | None:
    """The cleaned text and the recipe its pages were read by, or None."""
    row = connection.execute(
        select(document_texts.c.text, document_texts.c.page_starts, document_texts.c.reading_recipe).where(
            document_texts.c.document_id == document_id
        )
    ).one_or_none()
    return None if row is None else (CleanText(row.text, tuple(row.page_starts)), row.reading_recipe)


def has_words(connection: Connection, document_id: UUID) -> bool:
    """Whether the document's text is more than white space."""
    words = select(document_texts.c.document_id).where(
        document_texts.c.document_id == document_id, document_texts.c.text.regexp_match(r"\S")
    )
    return connection.execute(words).first() is not None


def erase(connection: Connection, document: Document) -> None:
    """Remove the document's text, chunks, search terms and vectors, and what was read of its bytes.

    What was read is kept only while another live document has the same bytes.
    """
    vocabulary.doubt(connection, document.id)
    connection.execute(delete(chunk_table).where(chunk_table.c.document_id == document.id))
    connection.execute(delete(document_texts).where(document_texts.c.document_id == document.id))
    if document.content_sha256 is None:
        return
    # Two twins erased at once would each see the other alive, and what was read of both would stay.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(document.content_sha256.hex(), 0))))
    _hand_to_waiting_twin(connection, document)
    shared = exists().where(
        documents.c.content_sha256 == document.content_sha256,
        documents.c.id != document.id,
        documents.c.status.not_in([Status.DELETED, Status.SUPERSEDED]),
    )
    for table in (page_texts, descriptions):
        connection.execute(delete(table).where(table.c.content_sha256 == document.content_sha256, ~shared))


def _hand_to_waiting_twin(connection: Connection, document: Document) -> None:
    """Note our hash on a document that waits with the same bytes by the store's word: a move is a copy and a removal.

    It hashes its bytes itself before it uses anything; until then what was read of ours is kept for it.
    """
    twin = (
        select(documents.c.id)
        .where(
            documents.c.content_sha256.is_(None),
            documents.c.etag == document.etag,
            documents.c.size == document.size,
            documents.c.etag != "",
            documents.c.status.in_([Status.QUEUED, Status.PROCESSING]),
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    connection.execute(
        update(documents).where(documents.c.id.in_(twin.scalar_subquery())).values(content_sha256=document.content_sha256)
    )
