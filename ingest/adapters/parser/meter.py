"""What an answer of the parser process costs: CPU time, so that a busy machine fails no honest page."""

import time

from ingest.adapters.cpu_wait import waited_seconds
from ingest.errors import ParserTimeout

# The net for what waits without working. Not for a core: where the machine is busy, or the worker niced, an honest page
# takes a hundred times its CPU time by the clock.
WALL_PER_CPU_SECOND = 4.0


class Meter:
    """Counts seconds of work of one process from now on; of doing neither that nor waiting for a core, four count as one."""

    def __init__(self, pid: int, allowed_seconds: float) -> None:
        # The clock of another process's CPU time (MAKE_PROCESS_CPUCLOCK in Linux's posix-timers_types.h).
        self._clock = (~pid << 3) | 2
        self._pid = pid
        self._allowed = allowed_seconds
        self._waited_before = waited_seconds(pid)
        self._cpu_before = self._cpu_seconds()
        self._began = time.monotonic()

    def _cpu_seconds(self) -> float:
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # it has ended and was collected
            return 0.0

    def spent_seconds(self) -> float:
        """The seconds of work so far."""
        worked = self._cpu_seconds() - self._cpu_before
        waited = max(0.0, waited_seconds(self._pid) - self._waited_before)
        return max(worked, (time.monotonic() - self._began - waited) / WALL_PER_CPU_SECOND)

    def check(self) -> None:
        """Raises ParserTimeout when they pass what is allowed."""
        if self.spent_seconds() > self._allowed:
            raise ParserTimeout(f"no answer after {self._allowed:.1f} s of work")
