"""Which model the documents are embedded by, whose turn it is to be embedded anew, and which model questions are asked by."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, case, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from ingest.db.rows import CLOCK
from ingest.db.rows import seconds as interval
from ingest.db.schema import chunk_vectors, document_texts, documents, search_model
from ingest.domain.documents import Status


class Model(NamedTuple):
    """A model of vectors, and how many numbers one has."""

    name: str
    dimensions: int


class Progress(NamedTuple):
    """How many completed documents there are, and how many of them a model has embedded."""

    done: int
    all: int


def note(connection: Connection, document_id: UUID, model: str) -> None:
    """All chunks of the document have vectors of this model, or may have none of it."""
    mine = document_texts.c.document_id == document_id
    connection.execute(update(document_texts).where(mine).values(embedded_by=model, embedding_until=None))


def claim(connection: Connection, model: str, seconds: float) -> UUID | None:
    """A completed document that another model was last to embed, for so long nobody else's; None where there is none."""
    free = or_(document_texts.c.embedding_until.is_(None), document_texts.c.embedding_until < CLOCK)
    found = (
        select(document_texts.c.document_id)
        .join(documents, documents.c.id == document_texts.c.document_id)
        .where(_of_another(model), free, documents.c.searchable_at.is_not(None), documents.c.status == Status.COMPLETED)
        .limit(1)
        .with_for_update(of=document_texts, skip_locked=True)
        .scalar_subquery()
    )
    claimed = (
        update(document_texts).where(document_texts.c.document_id == found).values(embedding_until=CLOCK + interval(seconds))
    )
    return connection.execute(claimed.returning(document_texts.c.document_id)).scalar_one_or_none()


def hold(connection: Connection, document_id: UUID, seconds: float) -> None:
    """Keep a claim for so long from now on."""
    mine = document_texts.c.document_id == document_id
    connection.execute(update(document_texts).where(mine).values(embedding_until=CLOCK + interval(seconds)))


def progress(connection: Connection, model: str) -> Progress:
    """How far the model has come."""
    done = func.count(case((document_texts.c.embedded_by == model, 1)))
    counted = select(done, func.count()).join(documents, documents.c.id == document_texts.c.document_id)
    return Progress(*connection.execute(counted.where(documents.c.status == Status.COMPLETED)).one())


def _of_another(model: str) -> ColumnElement[bool]:
    return or_(document_texts.c.embedded_by < model, document_texts.c.embedded_by > model)  # by the index


# --- the model that questions are asked by -----------------------------------------------------


def asked_by(connection: Connection) -> Model | None:
    """The model that questions are asked by; None before the first preparation."""
    row = connection.execute(select(search_model.c.model, search_model.c.dimensions)).one_or_none()
    return None if row is None else Model(*row)


def ask_by(connection: Connection, model: Model) -> None:
    """From now on questions are asked by this model."""
    values = {"model": model.name, "dimensions": model.dimensions, "since": func.now()}
    connection.execute(insert(search_model).values(**values).on_conflict_do_update(index_elements=["single"], set_=values))


def settle(connection: Connection, wanted: Model) -> Model:
    """The model that questions are asked by: the wanted one, unless only another has vectors, which is then filled beside."""
    before = asked_by(connection)
    if before is None:
        others = select(chunk_vectors.c.model, func.vector_dims(chunk_vectors.c.vector)).where(
            chunk_vectors.c.model != wanted.name
        )
        row = None if _has_vectors(connection, wanted.name) else connection.execute(others.limit(1)).one_or_none()
        before = Model(*row) if row else wanted
        ask_by(connection, before)
    elif before.name != wanted.name and not _has_vectors(connection, before.name):
        before = wanted
        ask_by(connection, before)
    return before


def _has_vectors(connection: Connection, model: str) -> bool:
    return bool(connection.execute(select(exists().where(chunk_vectors.c.model == model))).scalar_one())
