"""What follows a commit: messages to the workers, the mirror of their state, the counters.

A thread of its own does it, so that Redis, away or frozen, never holds an answer to MinIO, whose one sender
waits for it with all other events behind.
"""

import queue
from collections import Counter
from collections.abc import Sequence
from threading import Lock, Thread

import structlog

from ingest.domain.documents import Document
from ingest.intake.door import IntakeResult
from ingest.queue import CeleryQueue
from ingest.services.backing import Services

log = structlog.get_logger(__name__)

_WAITING = 10_000  # rows; what does not fit is sent by the sweeper
_BATCH = 500


class AfterCommit:
    """A bounded queue in memory and the thread that empties it."""

    def __init__(self, services: Services, messages: CeleryQueue) -> None:
        self._tallies = services.tallies
        self._messages = messages
        self._waiting: queue.Queue[Document | None] = queue.Queue(maxsize=_WAITING)
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()
        self._thread = Thread(target=self._work, name="after_commit", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, for ten seconds at most; the sweeper sends the rest."""
        try:
            self._waiting.put(None, timeout=1)
        except queue.Full:
            return
        self._thread.join(timeout=10)

    def follow(self, taken: Sequence[IntakeResult], road: str) -> None:
        """Note what was committed; returns at once."""
        with self._lock:
            self._outcomes.update((road, one.outcome.value) for one in taken)
        left_out = 0
        for document in (document for one in taken for document in one.documents):
            try:
                self._waiting.put_nowait(document)
            except queue.Full:
                left_out += 1
        if left_out:
            log.warning("queue_unavailable", unsent=left_out)

    def _work(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._next_batch()
            try:
                self._messages.follow_commit(batch)
                self._count()
            except Exception:  # this thread's outermost loop: it must outlive any one row
                log.exception("aftermath_failed", count=len(batch))

    def _next_batch(self) -> tuple[list[Document], bool]:
        """The rows that wait, up to a batch; a second passes at most, so that events without a row are counted too."""
        batch: list[Document] = []
        try:
            while len(batch) < _BATCH:
                document = self._waiting.get_nowait() if batch else self._waiting.get(timeout=1)
                if document is None:
                    return batch, False
                batch.append(document)
        except queue.Empty:
            pass
        return batch, True

    def _count(self) -> None:
        with self._lock:
            outcomes, self._outcomes = self._outcomes, Counter()
        for (road, outcome), count in outcomes.items():
            self._tallies.count("bandeja_events_total", count, source=road, outcome=outcome)
