"""The fast road: answers from memory, because MinIO has few sender threads and both targets share them.

What is lost here (a full queue, a crash) comes again by the durable road, and else by the sweeper.
"""

import queue
from threading import Lock, Thread

import structlog

from ingest.errors import DatabaseUnavailable
from listeners.reception import INSTANT, Reception

log = structlog.get_logger(__name__)

_BATCH = 100
_EVENTS = 10_000
_BYTES = 32 << 20  # of all that wait: an event is some 2 KB, but a body may be 1 MB


class InstantQueue:
    """A queue in memory, bounded in events and bytes, and the thread that empties it."""

    def __init__(self, reception: Reception, events: int = _EVENTS, size: int = _BYTES) -> None:
        self._reception = reception
        self._waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=events)
        self._free_bytes = size
        self._lock = Lock()
        self._thread = Thread(target=self._work, name="instant", daemon=True)

    def start(self) -> None:
        """Begin taking events."""
        self._thread.start()

    def stop(self) -> None:
        """Take what waits, then end."""
        self._waiting.put(None)
        self._thread.join(timeout=10)

    def offer(self, body: bytes) -> bool:
        """Put the event in the queue; False where it is full, and the event is dropped."""
        with self._lock:
            if len(body) > self._free_bytes:
                return False
            try:
                self._waiting.put_nowait(body)
            except queue.Full:
                return False
            self._free_bytes -= len(body)
            return True

    def _work(self) -> None:
        while (body := self._waiting.get()) is not None:
            bodies = [body]
            while len(bodies) < _BATCH:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._waiting.put(None)
                    break
                bodies.append(more)
            self._take(bodies)
            with self._lock:
                self._free_bytes += sum(map(len, bodies))

    def _take(self, bodies: list[bytes]) -> None:
        try:
            self._reception.take(bodies, INSTANT)
        except DatabaseUnavailable:
            log.warning("instant_events_dropped", count=len(bodies))
        except Exception:  # this thread's outermost loop: it must outlive any one event
            log.exception("instant_events_failed", count=len(bodies))
