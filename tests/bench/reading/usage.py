"""What processes take: CPU seconds and memory, read from /proc."""

import os
import resource
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Used:
    """Seconds on the clock, CPU seconds, and the most memory (PSS, bytes) at once."""

    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0


@contextmanager
def of_children() -> Iterator[Used]:
    """What this process's children, which end within the block, take."""
    used, before, begun = Used(), _children_cpu(), time.perf_counter()
    with _peak(used, lambda: descendants([os.getpid()])[1:]):
        yield used
    used.seconds = time.perf_counter() - begun
    used.cpu = _children_cpu() - before


@contextmanager
def of_processes(pids: Callable[[], list[int]]) -> Iterator[Used]:
    """What these processes, and what they have waited for, take within the block."""
    used, before, begun = Used(), cpu_seconds(pids()), time.perf_counter()
    with _peak(used, pids):
        yield used
    used.seconds = time.perf_counter() - begun
    used.cpu = cpu_seconds(pids()) - before


@contextmanager
def of_each(pids: Callable[[], list[int]]) -> Iterator[Used]:
    """Seconds within the block, and in `memory` the most that a single one of these processes took."""
    used, begun = Used(), time.perf_counter()
    with _peak(used, pids, every=0.1, measured=lambda all_of: max(map(_one_process, all_of), default=0)):
        yield used
    used.seconds = time.perf_counter() - begun


def _one_process(pid: int) -> int:
    return memory_bytes([pid])


@contextmanager
def _peak(
    used: Used, pids: Callable[[], list[int]], every: float = 2.0, measured: Callable[[list[int]], int] | None = None
) -> Iterator[None]:
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(every):
            used.memory = max(used.memory, (measured or memory_bytes)(pids()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _children_cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _stat(pid: int) -> list[str]:
    # The command's name stands in brackets and may hold spaces.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU seconds of these processes and of the children that they have waited for."""
    total = 0
    for pid in pids:
        try:
            total += sum(int(ticks) for ticks in _stat(pid)[11:15])
        except OSError:
            continue  # it has ended, and its parent has its seconds
    return total / _TICKS


def memory_bytes(pids: Iterable[int]) -> int:
    """Memory of these processes together, what they share counted once (PSS)."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
    return total


def descendants(roots: Iterable[int], without: str = "") -> list[int]:
    """The processes and all below them, but for those whose command holds `without`, if given."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except OSError:
                continue
    found, waiting = [], list(roots)
    while waiting:
        pid = waiting.pop(0)
        if without and without in _command(pid):
            continue
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
