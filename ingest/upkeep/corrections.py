"""Corrections by people: written above what was read, in search with the same transaction, and kept beside the bucket.

Each corrected document has an object in the derived bucket (`corrections/<id>.json`), so that a rebuild finds its corrections again.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from ingest.db import corrections as rows
from ingest.db import descriptions
from ingest.domain import corrections
from ingest.domain.corrections import Correction, Value
from ingest.domain.documents import Document, Status
from ingest.domain.object_keys import CORRECTIONS, corrections_key
from ingest.errors import Conflict, NotFound
from ingest.ports import ObjectStore

# What has no object, or is no longer anybody's document.
_NOT_CORRECTED = frozenset({Status.AWAITING_UPLOAD, Status.EXPIRED, Status.SUPERSEDED})


def correct(connection: Connection, store: ObjectStore, document_id: UUID, changes: Mapping[str, Value], by: str) -> Document:
    """Make these changes, in `by`'s name; returns the document as it is then. None takes a field back to what was read.

    The object in the derived bucket is written before the commit: without the store nothing has happened. Raises NotFound,
    Conflict (a document without an object, or a superseded one), StorageUnavailable.
    """
    document = rows.locked(connection, document_id)
    if document is None or document.status is Status.DELETED:
        raise NotFound
    if document.status in _NOT_CORRECTED:
        raise Conflict
    before = corrections.of_json(document.corrections)
    after = rewrite(connection, document, corrections.changed(before, changes, by, datetime.now(UTC)))
    _keep(store, after)
    return after


def rewrite(connection: Connection, document: Document, wanted: Mapping[str, Correction]) -> Document:
    """Make these the locked document's corrections: its columns, and the terms by which it is found."""
    details, evidence = descriptions.details(connection, document.id)
    shown = replace(descriptions.of_row(document), details=details, evidence=evidence)
    read = corrections.undone(shown, corrections.of_json(document.corrections))
    described, kept = corrections.applied(read, wanted)
    return rows.write(connection, document.id, described, kept)


def _keep(store: ObjectStore, document: Document) -> None:
    body = json.dumps(document.corrections, ensure_ascii=False).encode()
    store.put_derived(corrections_key(document.id), body, "application/json")


def kept(store: ObjectStore) -> set[UUID]:
    """The documents of which the derived bucket holds corrections. Raises StorageUnavailable."""
    names = (key.removeprefix(CORRECTIONS).removesuffix(".json") for key in store.derived(CORRECTIONS))
    return {UUID(name) for name in names}


def restore(connection: Connection, store: ObjectStore, document_ids: Collection[UUID]) -> int:
    """Give these documents the corrections that are kept of them, where they have none; returns to how many.

    Raises StorageUnavailable.
    """
    restored = 0
    for document_id in document_ids:
        document = rows.locked(connection, document_id)
        body = store.get_derived(corrections_key(document_id))
        if document is None or document.corrections or body is None:
            continue
        rewrite(connection, document, corrections.of_json(json.loads(body)))
        restored += 1
    return restored
