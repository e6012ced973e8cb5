"""Documents that say much the same as one."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from ingest.db import index, ranking, vectors
from ingest.db.documents import Filters
from ingest.db.ranking import Embedded
from ingest.db.schema import documents
from ingest.search.fusion import grouped

_DEPTH = 200  # passages looked at: HNSW's list of candidates is as long


@dataclass(frozen=True, slots=True)
class Similar:
    """A document and the cosine of its nearest passage to the mean of the other's."""

    document_id: UUID
    title: str
    document_type: str | None
    document_number: str | None
    date: date | None
    filename: str
    score: float


def similar(connection: Connection, document_id: UUID, model: str, limit: int) -> list[Similar]:
    """Up to `limit` documents in search nearest to this one by the model's vectors, nearest first.

    None while the document's own vectors are still to come.
    """
    mean = vectors.mean(connection, document_id, model)
    if mean is None:
        return []
    others = index.scope(connection, Filters(), (), ()).but(document_id)
    near = grouped(ranking.rank_by_vector(connection, Embedded(model, mean), others, _DEPTH))[:limit]
    shown = ("id", "title", "document_type", "document_number", "issued_on", "filename")
    ids = [found.document_id for found in near]
    rows = connection.execute(select(*(documents.c[name] for name in shown)).where(documents.c.id.in_(ids)))
    known = {row.id: row for row in rows}
    return [
        Similar(
            document_id=found.document_id,
            title=row.title or row.filename,
            document_type=row.document_type or None,
            document_number=row.document_number or None,
            date=row.issued_on,
            filename=row.filename,
            score=round(found.score, 4),
        )
        for found in near
        if (row := known.get(found.document_id))
    ]
