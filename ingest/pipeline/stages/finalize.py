"""Finalize: the document is completed."""

from datetime import UTC, datetime

import structlog

from ingest.db import leases, texts
from ingest.errors import NoTextFound
from ingest.pipeline.work import Work

log = structlog.get_logger(__name__)


def run(work: Work) -> None:
    """Set `completed`, in one transaction with the fence, and note where no text was found. Raises LeaseLost."""
    with work.tools.database.begin() as connection:
        note = "" if texts.has_words(connection, work.document.id) else NoTextFound.code
        leases.complete(connection, work.lease, "finalize", note)
    seconds = None
    if work.document.arrived_at is not None:
        seconds = (datetime.now(UTC) - work.document.arrived_at).total_seconds()
        work.tools.metrics.observe("bandeja_document_seconds", seconds, until="completed")
    log.info("document_processing_completed", seconds=seconds, attempt=work.document.attempt, note=note or None)
