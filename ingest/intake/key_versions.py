"""One key's rows made to agree with what the bucket holds of it: what removals, undeletes and listings come down to.

An event that something was removed is not to be believed: MinIO says `DeleteMarkerCreated` also when a delete
marker is taken away again, and any event may be hours late. So the bucket is asked, under a lock of the key.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile
from time import monotonic

import structlog
from sqlalchemy import Connection

from ingest.db import devices, versions
from ingest.domain.documents import Document, Status
from ingest.domain.letters import stand_ins
from ingest.domain.objects import ObjectVersion, after
from ingest.errors import StorageUnavailable
from ingest.ports import KeyVersions, Listed

log = structlog.get_logger(__name__)

SLOW_SECONDS = 2.0
REST_SECONDS = 5.0


class PromptVersions:
    """Implements `ports.KeyVersions` for those who ask within a transaction, while MinIO and row locks wait for them.

    Once the store was slow to answer, or to fail, it is not asked for a while: however many removals come together,
    they wait for a hanging store once.
    """

    def __init__(self, store: KeyVersions, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._rests_until = clock()

    def versions_of(self, key: str) -> list[Listed]:
        """As the store says. Raises ObjectMissing, StorageUnavailable, at once while it rests."""
        began = self._clock()
        if began < self._rests_until:
            raise StorageUnavailable("it was slow a moment ago")
        try:
            return self._store.versions_of(key)
        finally:
            if self._clock() - began > SLOW_SECONDS:
                self._rests_until = self._clock() + REST_SECONDS


def agree(connection: Connection, store: KeyVersions, bucket: str, key: str) -> list[Document]:
    """Delete the rows of this key that the bucket does not show, queue those that it shows again; returns them.

    A version is shown when it is there and no delete marker is newer; where versions replace each other, the newest
    alone can come back. Versions without a row are the intake's. Raises ObjectMissing (no such bucket), StorageUnavailable.
    """
    versions.lock_key(connection, bucket, key)
    entries = store.versions_of(key)
    shown = [entry.version for entry in takewhile(lambda entry: not entry.is_marker, entries)]
    rows = versions.of_key(connection, bucket, key)
    identities = {version.identity for version in shown}
    changed = versions.remove(connection, [row for row in rows if row.version_id not in identities])
    changed += _bring_back(connection, rows, shown)
    for row in changed:
        log.info("document_returned" if row.status is Status.QUEUED else "document_removed", document_id=str(row.id))
    return changed


def compare_bytes(connection: Connection, store: KeyVersions, document: Document) -> list[Document]:
    """Queue the document, and forget what was read of it, if its version holds other bytes now; returns it then.

    S3 knows no such thing, but MinIO writes a version anew for whoever names it and may put. Raises as `agree`.
    """
    versions.lock_key(connection, document.bucket, document.object_key)
    entries = store.versions_of(document.object_key)
    rows = versions.of_key(connection, document.bucket, document.object_key)
    there = next((one.version for one in entries if not one.is_marker and one.version.identity == document.version_id), None)
    row = next((row for row in rows if row.id == document.id), None)
    if there is None or row is None or not versions.differs(row, there) or versions.note_facts(connection, row, there):
        return []
    anew = versions.read_anew(connection, row, there)
    if anew is None:
        return []
    log.warning("content_changed", document_id=str(row.id))
    return [anew]


def _bring_back(connection: Connection, rows: Sequence[Document], shown: Sequence[ObjectVersion]) -> list[Document]:
    by_identity = {row.version_id: row for row in rows}
    visible = [by_identity[version.identity] for version in shown if version.identity in by_identity]
    if not visible or any(row.erasing for row in rows):
        return []
    repeats, were_repeats = stand_ins(visible), stand_ins(rows)
    known = [row for row in visible if row.id not in repeats]
    if devices.versions_replace(connection, known[0]):
        passed_over = {row.version_id for row in visible if row.id in repeats}
        if known[0].version_id != next(version.identity for version in shown if version.identity not in passed_over):
            return []  # the newest has no row yet; the intake brings it
        back = {known[0].id: _sequencer_of_newest(known[0], [row for row in visible if row.id != known[0].id])}
    else:
        freed = {row.id for row in known if row.status is Status.SUPERSEDED and row.id in were_repeats}
        back = {row.id: row.sequencer for row in known if row.status is Status.DELETED or row.id in freed}
    returned = (versions.bring_back(connection, one, sequencer) for one, sequencer in back.items())
    return [row for row in returned if row is not None]


def _sequencer_of_newest(newest: Document, others: Sequence[Document]) -> str:
    """Its own, raised above all others': a listing has milliseconds, an event nanoseconds, the bucket is right."""
    highest = max((row.sequencer for row in others), default="")
    return newest.sequencer if newest.sequencer > highest else after(highest)
