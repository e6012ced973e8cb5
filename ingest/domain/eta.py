"""How long a document still takes, told by how long its pages took since their reading began."""

from datetime import UTC, datetime

from ingest.domain.documents import Document, Status


def eta_seconds(document: Document, now: datetime | None = None) -> float | None:
    """Seconds until its pages are read; None before the first page, and when none is being read."""
    if document.status is not Status.PROCESSING or document.stage != "extract":
        return None
    read = document.pages_done - document.pages_known
    if document.pages_total is None or document.reading_since is None or read <= 0:
        return None
    spent = ((now or datetime.now(UTC)) - document.reading_since).total_seconds()
    return round(spent / read * (document.pages_total - document.pages_done), 1)
