"""The outcome of a document, put on its object as tags, so that the bucket tells it to whoever looks there.

MinIO fires `s3:ObjectCreated:PutTagging` for that, which our notification rule does not name.
"""

import structlog

from ingest.db import due
from ingest.db.engine import Database
from ingest.domain.documents import Document
from ingest.domain.objects import stored_version
from ingest.errors import ObjectMissing, StorageRefused
from ingest.ports import ObjectStore

log = structlog.get_logger(__name__)

PREFIX = "bandeja-"


def tags_of(document: Document) -> dict[str, str]:
    """What the tags of a document that has ended say; letters, digits, `-` and `_` alone, which every store allows."""
    tags = {"status": document.status.value, "document": str(document.id), "code": document.error_code or ""}
    return {f"{PREFIX}{name}": value for name, value in tags.items() if value}


def tag_outcomes(database: Database, store: ObjectStore, most: int = 100) -> int:
    """Tag up to `most` objects whose documents have ended, each in a transaction; returns how many.

    Two may run at once. An object that is gone needs none, one that the store does not let us tag gets none. Raises
    StorageUnavailable, DatabaseUnavailable: the rest waits.
    """
    for done in range(most):
        with database.begin() as connection:
            document = due.next_untagged(connection)
            if document is None:
                return done
            if due.is_to_be_told(document):
                _tag(store, document)
            due.note_told(connection, document.id)
    return most


def _tag(store: ObjectStore, document: Document) -> None:
    try:
        if not stored_version(document.version_id or "") and store.stat(document.object_key).etag != document.etag:
            return  # overwritten in a bucket without versions
        store.tag(document.object_key, document.version_id or "", PREFIX, tags_of(document))
    except ObjectMissing:
        return
    except StorageRefused as error:
        log.warning("tags_refused", document_id=str(document.id), detail=error.detail)
