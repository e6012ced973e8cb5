"""Running a document again: from its last good checkpoint, or from a stage on."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from ingest.db import batches, checkpoints, documents, history
from ingest.db.engine import Database
from ingest.domain.documents import Document
from ingest.errors import Conflict, InvalidRequest, NotFound, Text
from ingest.pipeline.order import AFTER_STORE, STAGES


def replay(connection: Connection, document_id: UUID, from_stage: str | None = None) -> Document:
    """Queue the document again; the caller sends it after commit.

    With `from_stage` that stage and all after it are done anew, what was kept of them is forgotten. Pages that
    could not be read are read again. Raises
    NotFound, Conflict (it is running, or its object is gone), InvalidRequest (no such stage).
    """
    names = [stage.name for stage in STAGES]
    if from_stage is not None and from_stage not in names:
        raise InvalidRequest(Text(f"from: uno de {', '.join(names)}", f"from: one of {', '.join(names)}"))
    before = documents.find(connection, document_id)
    if before is None:
        raise NotFound
    after_store = before.stored and from_stage in {None, *(stage.name for stage in AFTER_STORE)}
    if from_stage is None and before.degraded_pages:
        after_store = False
    queue = (AFTER_STORE if after_store else STAGES)[0].queue
    replayed = documents.replay(connection, document_id, queue=queue, stored=after_store)
    if replayed is None:
        raise Conflict
    batches.forget(connection, document_id)
    if not after_store and before.content_sha256 is not None:
        checkpoints.forget_faulty_pages(connection, before.content_sha256)
    if from_stage is not None:
        _forget_from(connection, before, names[names.index(from_stage) :])
    return replayed


def replay_all(
    database: Database, chosen: Sequence[Document], from_stage: str | None = None, *, actor: str = ""
) -> list[Document]:
    """Queue each again, in a transaction of its own, as asked for by `actor`; returns those that could be. Raises as `replay`, but no Conflict."""
    queued = []
    for document in chosen:
        try:
            with database.begin() as connection:
                history.act_as(connection, actor)
                queued.append(replay(connection, document.id, from_stage))
        except (Conflict, NotFound):
            continue
    return queued


def _forget_from(connection: Connection, document: Document, stages: list[str]) -> None:
    if document.content_sha256 is not None:
        if "extract" in stages:
            checkpoints.forget_pages(connection, document.content_sha256)
        if "describe" in stages:
            checkpoints.forget_description(connection, document.content_sha256)
    if "embed" in stages:
        checkpoints.forget_vectors(connection, document.id)
