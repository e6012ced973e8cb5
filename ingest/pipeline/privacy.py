"""Which documents stay on this machine: nothing of them is sent to Google, neither to be described nor to be embedded."""

from ingest.db import devices
from ingest.domain.documents import Document
from ingest.pipeline.work import Tools

METADATA_KEY = "google"  # of an upload's or an object's metadata
NEVER = "never"


def stays_here(tools: Tools, document: Document) -> bool:
    """Whether its upload, its key's prefix or its scanner says so."""
    if document.upload_metadata.get(METADATA_KEY, "").strip().lower() == NEVER:
        return True
    if any(document.object_key.startswith(prefix) for prefix in tools.private_prefixes):
        return True
    if document.device is None:
        return False
    with tools.database.begin() as connection:
        return devices.stays_here(connection, document)
