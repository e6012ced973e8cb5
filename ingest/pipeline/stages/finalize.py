"""Finalize: the document is completed."""

from datetime import UTC, datetime

import structlog

from ingest.db import leases
from ingest.pipeline.work import Work

log = structlog.get_logger(__name__)


def run(work: Work) -> None:
    """Set `completed`, in one transaction with the fence. Raises LeaseLost."""
    with work.tools.database.begin() as connection:
        leases.complete(connection, work.lease, "finalize")
    seconds = None
    if work.document.arrived_at is not None:
        seconds = (datetime.now(UTC) - work.document.arrived_at).total_seconds()
        work.tools.metrics.observe("bandeja_document_seconds", seconds, until="completed")
    log.info("document_processing_completed", seconds=seconds, attempt=work.document.attempt)
