"""Forgetting checkpoints, so that a stage is done anew."""

from uuid import UUID

from sqlalchemy import Connection, delete, select

from ingest.db.schema import chunk_vectors, chunks, descriptions, page_texts


def forget_pages(connection: Connection, content_sha256: bytes) -> None:
    """Forget what was read of these bytes."""
    connection.execute(delete(page_texts).where(page_texts.c.content_sha256 == content_sha256))


def forget_faulty_pages(connection: Connection, content_sha256: bytes) -> None:
    """Forget the pages of these bytes that could not be read, or in part only."""
    connection.execute(delete(page_texts).where(page_texts.c.content_sha256 == content_sha256, page_texts.c.fault != ""))


def forget_description(connection: Connection, content_sha256: bytes) -> None:
    """Forget how these bytes were described."""
    connection.execute(delete(descriptions).where(descriptions.c.content_sha256 == content_sha256))


def forget_vectors(connection: Connection, document_id: UUID) -> None:
    """Forget the vectors of this document's chunks."""
    own = select(chunks.c.id).where(chunks.c.document_id == document_id)
    connection.execute(delete(chunk_vectors).where(chunk_vectors.c.chunk_id.in_(own)))
