"""Which documents stay on this machine: nothing of them is sent to Google, neither to be described nor to be embedded."""

from collections.abc import Sequence

from ingest.db import devices
from ingest.db.engine import Database
from ingest.domain.documents import Document

METADATA_KEY = "google"  # of an upload's or an object's metadata
NEVER = "never"


def stays_here(database: Database, private_prefixes: Sequence[str], document: Document) -> bool:
    """Whether its upload, its key's prefix or its scanner says so."""
    if document.upload_metadata.get(METADATA_KEY, "").strip().lower() == NEVER:
        return True
    if any(document.object_key.startswith(prefix) for prefix in private_prefixes):
        return True
    if document.device is None:
        return False
    with database.begin() as connection:
        return devices.stays_here(connection, document)
