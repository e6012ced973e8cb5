"""The net under a run of Tesseract that neither works nor waits for a core: it is ended."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic

from ingest.adapters import cpu_wait

# What our wrapper is before, and after, it has become `timeout` or, where there is none, Tesseract.
_NAMES = ("tesseract.sh", "timeout", "setpriv", "tesseract")
_MOMENT = 0.2  # seconds; between two looks at least


@contextmanager
def ended_when_idle(seconds: float) -> Iterator[Event]:
    """Within the block this process's Tesseract is killed once it has idled so long; the event is set where it was.

    Idle is the clock's time without that in which it waited for a core (so work counts too; the kernel limits that).
    Looks at nothing before the clock has run that long, which it never does for an honest page on a quiet machine.
    """
    done, killed = Event(), Event()
    watcher = Thread(target=_watch, args=(seconds, done, killed), name="tesseract-watch", daemon=True)
    watcher.start()
    try:
        yield killed
    finally:
        done.set()
        watcher.join()


def _watch(seconds: float, done: Event, killed: Event) -> None:
    began, left = monotonic(), seconds
    while not done.wait(max(_MOMENT, left)):
        runs = cpu_wait.children(os.getpid(), _NAMES)
        waited = max((cpu_wait.waited_seconds(pid) for run in runs for pid in cpu_wait.group(run)), default=0.0)
        left = seconds - (monotonic() - began - waited)
        if left <= 0:
            killed.set()
            for run in runs:
                _end(run)


def _end(run: int) -> None:
    with suppress(ProcessLookupError):
        # `timeout` leads a group; what ends it must end all of it, as it would itself.
        (os.killpg if os.getpgid(run) == run else os.kill)(run, signal.SIGKILL)
