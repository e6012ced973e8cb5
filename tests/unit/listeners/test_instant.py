"""The fast road's memory is bounded: what does not fit is dropped, and comes again by the durable road."""

from collections.abc import Sequence
from threading import Event
from time import sleep
from typing import Any

from ingest.errors import DatabaseUnavailable
from listeners.instant import InstantQueue


class Reception:
    """Takes nothing until the gate is open."""

    def __init__(self) -> None:
        self.gate, self.reached = Event(), Event()
        self.taken: list[bytes] = []
        self.raising: Exception | None = None

    def take(self, bodies: Sequence[bytes], source: str) -> None:
        self.reached.set()
        self.gate.wait(10)
        if self.raising:
            raise self.raising
        self.taken += bodies


def waiting(**bounds: int) -> tuple[Any, InstantQueue]:
    """A queue whose thread stands before the database with one event in its hands."""
    reception: Any = Reception()
    queue = InstantQueue(reception, **bounds)
    queue.start()
    assert queue.offer(b"first")
    assert reception.reached.wait(10)
    return reception, queue


def test_events_that_do_not_fit_are_dropped_at_once() -> None:
    reception, queue = waiting(events=3)
    assert [queue.offer(b"%d" % number) for number in range(5)] == [True, True, True, False, False]
    reception.gate.set()
    queue.stop()
    assert reception.taken == [b"first", b"0", b"1", b"2"]


def test_large_bodies_do_not_fill_the_memory() -> None:
    reception, queue = waiting(size=100)
    assert [queue.offer(b"x" * 40) for _ in range(3)] == [True, True, False]
    assert queue.offer(b"small")
    reception.gate.set()
    queue.stop()
    assert len(reception.taken) == 4


def test_what_was_taken_makes_room_again() -> None:
    reception, queue = waiting(size=50)
    assert not queue.offer(b"x" * 50)
    reception.gate.set()
    for _ in range(10):
        while not queue.offer(b"x" * 50):
            sleep(0.001)
    queue.stop()
    assert len(reception.taken) == 11


def test_an_outage_or_a_bug_ends_no_thread() -> None:
    reception, queue = waiting()
    reception.raising = DatabaseUnavailable("away")
    reception.gate.set()
    reception.reached.clear()
    queue.offer(b"second")
    assert reception.reached.wait(10)
    reception.raising = LookupError()
    reception.reached.clear()
    queue.offer(b"third")
    assert reception.reached.wait(10)
    reception.raising = None
    queue.offer(b"fourth")
    queue.stop()
    assert reception.taken[-1] == b"fourth"
