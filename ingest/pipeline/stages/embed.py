"""Embed: a vector for every chunk that has none of the current model, batch by batch."""

import structlog

from ingest.db import embedded, leases, vectors
from ingest.errors import AiRateLimited, AiUnavailable
from ingest.pipeline.patience import is_worth_waiting
from ingest.pipeline.privacy import stays_here
from ingest.pipeline.work import Work
from ingest.ports import Embedder

log = structlog.get_logger(__name__)


def run(work: Work) -> None:
    """Give every chunk of the document its vector; each batch is a checkpoint.

    One that stays on this machine gets none from Google, and is found by its words. While Google is away for long, the local model
    makes them, and the sweeper has Google's made later. Raises LeaseLost and what the embedder raises.
    """
    tools, document = work.tools, work.document
    if tools.embedder.costs and stays_here(tools.database, tools.private_prefixes, document):
        log.info("embedding_left_out", model=tools.embedder.model)
        _note(work, tools.embedder)
        return
    try:
        if tools.stand_in is not None and _asks_by(work, tools.stand_in):
            _embed(work, tools.stand_in)  # until `bandeja reembed` has filled the other
        _embed(work, tools.embedder)
    except (AiRateLimited, AiUnavailable) as error:
        if tools.stand_in is None or is_worth_waiting(document, error):
            raise
        log.warning("embedding_by_stand_in", code=error.code, model=tools.stand_in.model)
        _embed(work, tools.stand_in)


def _embed(work: Work, embedder: Embedder) -> None:
    """A chunk whose text another chunk has too gets that one's vector."""
    database, document_id = work.tools.database, work.document.id
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
    _note(work, embedder)
    log.info("embedding_generation_completed", model=embedder.model, made=len(missing), copied=copied)


def _asks_by(work: Work, embedder: Embedder) -> bool:
    with work.tools.database.begin() as connection:
        model = embedded.asked_by(connection)
    return model is not None and model.name == embedder.model


def _note(work: Work, embedder: Embedder) -> None:
    with work.tools.database.begin() as connection:
        leases.checkpoint(connection, work.lease)
        embedded.note(connection, work.document.id, embedder.model)
