"""Looks on while it happens: documents by state for the picture, a line of progress, what may never be at any time."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import httpx
import psycopg2

from ingest.errors import BrokerUnavailable
from tests.chaos import checks
from tests.chaos.audit import Audit, Change
from tests.chaos.doors import Doors

STATES = ("unfound", "queued", "processing", "completed", "error", "gone")
_STATE_OF = {"superseded": "gone", "deleted": "gone", "cancelled": "gone", "expired": "gone"}
_COUNT = "SELECT status, count(*) FROM documents WHERE version_id IS NOT NULL OR status = 'deleted' GROUP BY status"
_WAITING = """
SELECT (SELECT count(*) FROM documents WHERE status IN ('queued', 'processing')) + (SELECT count(*) FROM page_batches WHERE NOT done)
"""
MESSAGES_EACH = 3
MESSAGES_BESIDE = 20  # of documents that have just ended, whose duplicates nobody has taken yet
_EVERY = 0.25
_SAY_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """How many documents were in each of `STATES` at a moment (seconds of the epoch)."""

    at: float
    counts: dict[str, int]


@dataclass(slots=True)
class Watch:
    """A thread that samples; `problems` is what it saw that may never be."""

    audit: Audit
    doors: Doors
    words: dict[str, set[str]]  # word → the eTags that have it
    say: Callable[[str], None]
    status: Callable[[], str]
    messages: Callable[[], int]  # how many wait in all queues together; raises BrokerUnavailable
    most_messages: float = 0.0  # a waiting document or page batch
    samples: list[Sample] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look once more, then end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._look()

    def open_rows(self) -> int:
        """How many documents were on their way when it last looked."""
        counts = self.samples[-1].counts if self.samples else {}
        return sum(counts.get(state, 0) for state in ("unfound", "queued", "processing"))

    def last_change(self) -> float:
        """When anything last changed (seconds of the epoch)."""
        return self.changes[-1].at if self.changes else 0.0

    def _run(self) -> None:
        said, rng = 0.0, random.Random()
        while not self._stop.wait(_EVERY):
            self._look()
            self._probe(rng)
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                self.say(self._line())

    def _look(self) -> None:
        with self._lock:
            try:
                counted = self.audit.ask(_COUNT)
                new = self.audit.changes(self.changes[-1].id if self.changes else 0)
            except psycopg2.Error:
                return  # the database is away
            counts = dict.fromkeys(STATES, 0)
            for status, number in counted:
                counts[_STATE_OF.get(status, status)] = counts.get(_STATE_OF.get(status, status), 0) + number
            counts["unfound"] = max(0, len(self.doors.ledger.taken) - sum(counts.values()))
            self.samples.append(Sample(time.time(), counts))
            self.changes += new
            self._blame(checks.flips(new))
            self._count_messages()

    def _count_messages(self) -> None:
        """The queues never hold more than a few messages a document that waits, whatever happens to it."""
        try:
            messages, ((waiting,),) = self.messages(), self.audit.ask(_WAITING)
        except (psycopg2.Error, BrokerUnavailable):
            return
        self.most_messages = max(self.most_messages, (messages - MESSAGES_BESIDE) / max(1, waiting))
        if messages > MESSAGES_EACH * waiting + MESSAGES_BESIDE:
            self._blame([f"queue: more than {MESSAGES_EACH} messages a waiting document"])

    def _probe(self, rng: random.Random) -> None:
        """One search now and then: no word ever finds a document that does not hold it."""
        taken = list(self.doors.ledger.taken)
        if not taken or rng.random() > _EVERY:
            return
        key, etag = rng.choice(taken)
        word = next((word for word, etags in self.words.items() if etag in etags), "")
        keys = {own for own, other in taken if other in self.words.get(word, ())}
        try:
            found = self.doors.find(word) if word else []
        except httpx.HTTPError:
            return  # the API or its database is away
        strange = [hit["object_key"] for hit in found if hit["object_key"] not in keys]
        self._blame([f"search: {word} of {key} finds {own}" for own in strange])
        ids = [hit["document_id"] for hit in found]
        self._blame([f"doubled: {word} finds {ids}"] if len(ids) != len(set(ids)) else [])

    def _blame(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self.problems:
                self.problems.append(problem)
                self.say(f"BROKEN  {problem}")

    def _line(self) -> str:
        counts = self.samples[-1].counts if self.samples else {}
        return " · ".join(f"{state} {counts.get(state, 0)}" for state in STATES) + f" · {self.status()}"
