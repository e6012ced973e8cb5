"""How long a document still takes, told by how long its pages took so far."""

from datetime import UTC, datetime

from ingest.documents import Document, Status


def eta_seconds(document: Document, now: datetime | None = None) -> float | None:
    """Seconds until its pages are read; None before the first page, and when it is not running."""
    if document.status is not Status.PROCESSING or document.started_at is None:
        return None
    if not document.pages_total or not document.pages_done or document.stage != "extract":
        return None
    spent = ((now or datetime.now(UTC)) - document.started_at).total_seconds()
    return round(spent / document.pages_done * (document.pages_total - document.pages_done), 1)
