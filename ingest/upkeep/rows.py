"""What rows need and no event or message brings: dead leases buried, unused uploads expired, lost messages sent again.

Several processes may do any of it at once: rows that another holds are skipped.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from ingest.db import audit, batches, dead_leases, documents, pages, sending, vocabulary
from ingest.db.engine import Database
from ingest.domain.batches import PageBatch
from ingest.domain.documents import Document, Status
from ingest.domain.queues import DOCUMENT_QUEUES, DOCUMENTS, QUEUES
from ingest.errors import BrokerUnavailable, WorkerLost
from ingest.queue import CeleryQueue, send_number
from ingest.reading.faults import lost
from ingest.services.backing import Services

log = structlog.get_logger(__name__)

MESSAGE_GRACE = 2.0  # seconds a message may take from the queue to its claim
IN_HAND_SECONDS = 20.0  # that a worker may take to claim what it took from the queue: it may be starting a child
# Of a queue. Redis takes some 2,000 a second, so dead leases wait a second or two for an emptied queue to be filled.
SENT_AT_ONCE = 2000
UPLOAD_GRACE = 60.0  # seconds after a URL's end in which an upload may still be on its way


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one database, and the queue that their messages go to. All raise DatabaseUnavailable."""

    services: Services
    queue: CeleryQueue

    def bury_dead_leases(self) -> int:
        """Queue again, or end, what a worker held that died; returns how many."""
        settings = self.services.settings
        with self.services.database.begin() as connection:
            cut = dead_leases.cut_to_length(connection, settings.lease_seconds)
            if (moved := dead_leases.bring_waits_forward(connection)) or cut:
                log.warning("clock_set_back", leases=cut, waits=moved)
            buried = dead_leases.bury_dead(connection, settings.max_crashes, settings.lease_seconds)
        for document in buried:
            log.warning("lease_expired", document_id=str(document.id), crashes=document.crashes, status=document.status)
            if document.status is Status.ERROR:
                self.services.tallies.count("bandeja_failures_total", code=WorkerLost.code)
                log.error("document_processing_failed", document_id=str(document.id), code=WorkerLost.code)
            self.queue.show_document(document)
        batches_too = bury_dead_batches(self.services.database, settings.max_crashes, settings.lease_seconds, self.queue.send)
        return len(buried) + batches_too

    def expire_uploads(self) -> int:
        """End the uploads that were never made; returns how many."""
        with self.services.database.begin() as connection:
            expired = documents.expire_unused(connection, UPLOAD_GRACE)
        self.queue.follow_commit(expired)
        return len(expired)

    def send_unsent(self) -> int:
        """Send what has no message, or whose retry is due; returns how many went."""
        try:
            empty, in_hand = self._messages()
        except BrokerUnavailable:
            log.warning("broker_unavailable")
            return 0
        with self.services.database.begin() as connection:
            unsent, unsent_batches = _take_unsent(connection, empty, in_hand)
        sent, sent_batches = self.queue.send(unsent), self.queue.send(unsent_batches)
        if unsent:
            log.info("documents_sent_again", count=sent)
        if unsent_batches:
            log.info("batches_sent_again", count=sent_batches)
        return sent + sent_batches

    def count_unsent(self) -> int:
        """How many `send_unsent` would send next. Raises BrokerUnavailable."""
        empty, in_hand = self._messages()
        with self.services.database.begin() as connection, connection.begin_nested() as trial:
            unsent, unsent_batches = _take_unsent(connection, empty, in_hand)
            trial.rollback()
        return len(unsent) + len(unsent_batches)

    def forget_unused_words(self) -> None:
        """What only erased documents said is not kept to correct questions by."""
        with self.services.database.begin() as connection:
            forgotten = vocabulary.forget_unused(connection)
        if forgotten:
            log.info("words_forgotten", count=forgotten)

    def forget_old_deeds(self) -> None:
        """Who did what is kept for as long as is set."""
        with self.services.database.begin() as connection:
            audit.forget(connection, self.services.settings.audit_days)

    def _messages(self) -> tuple[set[str], set[int]]:
        """The queues without a message, and the numbers of messages that workers have just taken. Raises BrokerUnavailable."""
        # The queues first: a message that is taken in between is then seen in one place at least.
        depths = self.services.tallies.depths(QUEUES)
        in_hand = set(filter(None, map(send_number, self.services.tallies.taken_lately(IN_HAND_SECONDS))))
        return {queue for queue in QUEUES if depths[queue] == 0}, in_hand


def bury_dead_batches(
    database: Database, max_crashes: int, lease_seconds: float, send: Callable[[list[Document]], object]
) -> int:
    """Count a crash for every batch whose lease ran out without a word; past the cap its unread pages are lost.

    Returns how many.
    """
    with database.begin() as connection:
        dead = batches.dead(connection, lease_seconds)
    buried = 0
    for document_id, ordinal in dead:
        with database.begin() as connection:
            found = batches.bury(connection, document_id, ordinal)
            complete = _given_up(connection, *found) if found and found[1].crashes > max_crashes else None
        if found:
            buried += 1
            log.warning("batch_lease_expired", document_id=str(document_id), batch=ordinal, crashes=found[1].crashes)
        if complete is not None:
            send([complete])
    return buried


def _take_unsent(connection: Connection, empty: set[str], in_hand: set[int]) -> tuple[list[Document], list[PageBatch]]:
    batches.remove_void(connection)
    return (
        sending.take_unsent(
            connection,
            DOCUMENT_QUEUES,
            empty_queues=empty,
            in_hand=in_hand,
            grace_seconds=MESSAGE_GRACE,
            limit=SENT_AT_ONCE,
        ),
        batches.take_unsent(connection, empty_queues=empty, in_hand=in_hand, grace_seconds=MESSAGE_GRACE, limit=SENT_AT_ONCE),
    )


def _given_up(connection: Connection, document: Document, batch: PageBatch) -> Document | None:
    """End a batch that kills its workers; the document where it was the last one, to be sent."""
    pages.save(connection, document.content_sha256 or b"", batch.recipe, lost(batch.pages))
    return batches.count_down(connection, document, batch, DOCUMENTS)
