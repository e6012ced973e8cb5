"""A process without a core is starved, one without work idles, and only the second is ended."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ingest.adapters.cpu_wait import children, group, waited_seconds
from ingest.adapters.parser.meter import Meter
from ingest.errors import ParserTimeout

pytestmark = pytest.mark.processes

SPIN = "print(flush=True)\nwhile True: pass"
SLEEP = "import time; print(flush=True); time.sleep(60)"


@contextmanager
def program(code: str, *, nice: int = 0) -> Iterator[int]:
    """Runs it on one core, which all of them share, and has begun: its own start would wait for that core too."""
    core = min(os.sched_getaffinity(0))

    def settle() -> None:
        os.sched_setaffinity(0, {core})
        os.nice(nice)

    command = [sys.executable, "-S", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=settle) as process:  # noqa: PLW1509  no threads here
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


@pytest.fixture
def busy_core() -> Iterator[None]:
    with ExitStack() as hogs:
        for _ in range(2):
            hogs.enter_context(program(SPIN))
        yield


def test_a_starved_process_waits_and_a_sleeping_one_does_not(busy_core: None) -> None:
    with program(SPIN, nice=15) as starved, program(SLEEP, nice=15) as asleep:
        before = waited_seconds(starved), waited_seconds(asleep)
        time.sleep(1.5)
        assert waited_seconds(starved) - before[0] > 3 * (waited_seconds(asleep) - before[1])


def test_a_starved_process_is_no_hanging_one(busy_core: None) -> None:
    with program(SPIN, nice=15) as starved, program(SLEEP) as asleep:
        starving, hanging = Meter(starved, 0.3), Meter(asleep, 0.3)
        time.sleep(2)
        starving.check()
        with pytest.raises(ParserTimeout):
            hanging.check()


def test_what_has_ended_waits_for_nothing() -> None:
    name = Path(sys.executable).name
    with program(SLEEP) as pid:
        assert pid in children(os.getpid(), [name])
        assert group(pid) == [pid]
    assert waited_seconds(pid) == 0
    assert pid not in children(os.getpid(), [name])
