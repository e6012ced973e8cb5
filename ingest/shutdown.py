"""Whether this process was asked to end, and since when; processes it forks see the same."""

import mmap
import signal
import struct
from collections.abc import Callable
from threading import current_thread, main_thread
from time import monotonic, sleep
from types import FrameType
from typing import Any

# The rest of the 30 s that a shutdown may take (docs/operations.md) is for the processes to end.
PATIENCE = 20.0

_GLANCE = 0.2  # seconds between two looks of one who waits

Previous = Callable[[int, FrameType | None], Any] | int | None


class Shutdown:
    """A request to end, in memory that is shared with all children forked after it was made.

    A run stops behind its next checkpoint once `is_asked`; when `is_overdue`, its lease is given back without it.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        """`patience` is in seconds."""
        self._patience = patience
        self._asked_at = mmap.mmap(-1, 8)  # a monotonic time, which is the same in all processes; 0: not asked

    def ask(self) -> None:
        """Ask all who share this to end; may be called from a signal's handler, asking twice changes nothing."""
        if not self.is_asked():
            struct.pack_into("d", self._asked_at, 0, monotonic())

    def is_asked(self) -> bool:
        """Whether it was asked."""
        return self._since() > 0

    def is_overdue(self) -> bool:
        """Whether it was asked longer ago than `patience`."""
        return 0 < self._since() <= monotonic() - self._patience

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until it is asked (a lock could be held by the code that the signal broke into)."""
        until = monotonic() + seconds
        while not self.is_asked() and (left := until - monotonic()) > 0:
            sleep(min(left, _GLANCE))

    def ask_at_signals(self) -> None:
        """Ask at SIGTERM and SIGINT, then do what was done at them before; only a main thread can hear them."""
        if current_thread() is not main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            self._ask_before(number, signal.getsignal(number))

    def _ask_before(self, number: int, previous: Previous) -> None:
        def asked(received: int, frame: FrameType | None) -> None:
            self.ask()
            if callable(previous) and previous is not signal.default_int_handler:
                previous(received, frame)

        signal.signal(number, asked)

    def _since(self) -> float:
        return float(struct.unpack_from("d", self._asked_at, 0)[0])
