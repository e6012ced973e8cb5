"""Erasing a document: out of search at once, then out of the store, until nothing holds a word of it.

The verbs, each with one meaning everywhere: a person **deletes** a document through us (`documents.delete`); an event or
the listing **removes** a row whose object the bucket shows no more (`versions.remove`); a newer version **supersedes** an
older one (`versions.supersede_older`), or this one gives way to a newer (`leases.supersede`). All four take the text out of
search with the same transaction. To **erase** is to let nothing be left: texts, passages and vectors go with that
transaction (`texts.erase`), the object, its older versions, their delete markers and pictures after it, here, by the
sweeper. To **forget** is to drop what was kept beside the document: checkpoints (`checkpoints`), parked events
(`parked.forget_key`), names in the row (`due.forget_names`), words that no passage holds any more
(`vocabulary.forget_unused`).

The row stays, because its id is the answer to whoever asks later and refuses late events; its words go, the file's
name in its key included. An outage of the store only delays it.
"""

from uuid import UUID

import structlog
from sqlalchemy import Connection

from ingest.db import devices, documents, due, letters, parked, texts, versions
from ingest.db.engine import Database
from ingest.domain.documents import Document, Source
from ingest.domain.object_keys import corrections_key, derived_prefix, erased_key
from ingest.errors import StorageRefused
from ingest.ports import ObjectStore

log = structlog.get_logger(__name__)


def delete(connection: Connection, document_id: UUID) -> list[Document]:
    """Take the document, and the versions that it replaced, out of search and mark them for the sweeper.

    Returns the rows, the document's first; none where it is not there, deleted or superseded.
    """
    deleted = documents.delete(connection, document_id)
    if deleted is None:
        return []
    doomed = [deleted]
    if deleted.version_id is not None:
        doomed += letters.erase_repeats(connection, deleted)
        if devices.versions_replace(connection, deleted):
            doomed += versions.erase_superseded(connection, deleted)
    for document in doomed:
        texts.erase(connection, document)
    return doomed


def erase_due(database: Database, store: ObjectStore) -> int:
    """Erase what was deleted through us, and pictures of what is gone; returns of how many documents."""
    return erase_deleted(database, store) + erase_pictures(database, store)


def erase_deleted(database: Database, store: ObjectStore, most: int = 100) -> int:
    """Erase from the store up to `most` documents that are marked for it, each in a transaction; returns how many.

    Two may run at once. One that the store refuses waits and holds up no other. Raises StorageUnavailable,
    DatabaseUnavailable: what is left waits.
    """
    refused: list[UUID] = []
    done = 0
    while done < most:
        with database.begin() as connection:
            document = due.next_to_erase(connection, besides=refused)
            if document is None:
                break
            try:
                _erase_object(connection, store, document)
                store.erase_derived(derived_prefix(document))
                store.erase_derived(corrections_key(document.id))
            except StorageRefused as error:
                log.warning("erasure_refused", document_id=str(document.id), detail=error.detail)
                refused.append(document.id)
                continue
            parked.forget_key(connection, document.object_key)
            due.forget_names(connection, document.id, erased_key(document))
            log.info("document_erased", document_id=str(document.id))
            done += 1
    return done


def erase_pictures(database: Database, store: ObjectStore, most: int = 100) -> int:
    """Erase the pictures of up to `most` documents that the bucket shows no more; returns how many.

    Raises StorageUnavailable, DatabaseUnavailable.
    """
    for done in range(most):
        with database.begin() as connection:
            document = due.next_with_pictures(connection)
            if document is None:
                return done
            store.erase_derived(derived_prefix(document))
            due.note_no_pictures(connection, document.id)
    return most


def _erase_object(connection: Connection, store: ObjectStore, document: Document) -> None:
    """Remove the object; doing it twice is fine.

    An upload has a folder to itself. Where versions of a key are letters of their own, only this one goes, else all
    up to this one: a newer version is another document.
    """
    if document.source is Source.UPLOAD:
        store.erase_all(document.object_key.rpartition("/")[0] + "/")
    elif document.version_id is not None:
        if devices.versions_replace(connection, document):
            store.erase_up_to(document.object_key, document.sequencer)
        else:
            store.erase(document.object_key, document.version_id)
