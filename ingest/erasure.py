"""Erasing what the store holds of a deleted document: object, versions, page pictures."""

from ingest.documents import Document, Source
from ingest.ports import ObjectStore


def derived_prefix(document: Document) -> str:
    """Where the derived bucket keeps what was made of this document."""
    return f"{document.id}/"


def erase_object(store: ObjectStore, document: Document) -> None:
    """Remove the object and its pictures; doing it twice is fine. Raises StorageUnavailable.

    Under a scanner's prefix other versions of the key are other letters, so only this one goes.
    """
    if document.version_id is not None:
        only = document.version_id if document.source is Source.SCANNER else ""
        store.erase(document.object_key, only)
    store.erase_derived(derived_prefix(document))
