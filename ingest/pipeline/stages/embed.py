"""Embed: a vector for every chunk that has none of the current model, batch by batch."""

import structlog

from ingest.db import leases, vectors
from ingest.pipeline.privacy import stays_here
from ingest.pipeline.work import Work

log = structlog.get_logger(__name__)


def run(work: Work) -> None:
    """Give every chunk of the document its vector; each batch is a checkpoint.

    One that stays on this machine gets none from Google, and is found by its words. A chunk whose text another chunk has too gets that one's vector. Raises LeaseLost and what the embedder raises.
    """
    embedder, database, document_id = work.tools.embedder, work.tools.database, work.document.id
    if embedder.costs and stays_here(work.tools, work.document):
        log.info("embedding_left_out", model=embedder.model)
        return
    with database.begin() as connection:
        leases.fence(connection, work.lease)
        copied = vectors.copy_twins(connection, document_id, embedder.model)
        missing = vectors.missing(connection, document_id, embedder.model)
    for start in range(0, len(missing), embedder.batch_size):
        batch = missing[start : start + embedder.batch_size]
        made = embedder.embed_passages([text for _, text in batch], work.document.title)
        pairs = [(chunk_id, vector) for (chunk_id, _), vector in zip(batch, made, strict=True)]
        with database.begin() as connection:
            leases.checkpoint(connection, work.lease)
            vectors.save(connection, embedder.model, pairs, recipe=embedder.recipe)
        work.report(start + len(batch), len(missing))
    log.info("embedding_generation_completed", model=embedder.model, made=len(missing), copied=copied)
