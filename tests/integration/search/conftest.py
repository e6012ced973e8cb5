"""Documents as the stages leave them, to search in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert

from ingest.db import index, texts
from ingest.db.engine import Database
from ingest.db.schema import documents
from ingest.domain.documents import Source, Status
from ingest.domain.numbers import terms_of_passages
from ingest.domain.pages import CleanText
from ingest.pipeline.stages.chunk import chunks_of
from ingest.search.answer import Mode, search

Write = Callable[..., UUID]
Found = Callable[..., list[UUID]]


@pytest.fixture
def write(database: Database) -> Write:
    """Adds a document of this text."""

    def written(said: str, **row: Any) -> UUID:
        document_id = uuid4()
        known = {"status": Status.COMPLETED, "source": Source.OTHER, "bucket": "b", "filename": "archivo.pdf", "version_id": "1"}
        with database.begin() as connection:
            connection.execute(
                insert(documents).values(
                    id=document_id, object_key=f"inbox/{document_id}.pdf", searchable_at=func.now(), **{**known, **row}
                )
            )
            clean = CleanText(said, (0,))
            passages = chunks_of(clean)
            texts.replace(connection, document_id, clean, "test", passages)
            described = (row.get("document_type", ""), row.get("document_number", ""))
            index.index_chunks(connection, document_id, terms_of_passages([passage.text for passage in passages], *described))
        return document_id

    return written


@pytest.fixture
def found(database: Database) -> Found:
    """Whom a question finds by words, best first."""
    return lambda query, **more: [
        hit.document_id for hit in search(database, None, query, **{"mode": Mode.TEXT, "limit": 200, **more}).hits
    ]
