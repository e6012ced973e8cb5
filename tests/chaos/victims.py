"""The processes of a stack, as a fault sees them: found, stopped, continued, killed; never another's."""

import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from ingest.stack.stack import Stack
from tests.support import processes


@dataclass(frozen=True, slots=True)
class Process:
    """A pid and when it began, so that its number, given to another, is not taken for it."""

    pid: int
    began: str

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing where it has ended."""
        if _began(self.pid) == self.began:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _began(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def process(pid: int) -> Process | None:
    """The process of that number, or None."""
    began = _began(pid)
    return Process(pid, began) if began else None


class Victims:
    """One stack's processes by the names that supervisor knows."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        names = [service.name for service in stack.services()]
        self._programs = {
            "worker": [name for name in names if name.startswith("worker")],
            "pager": [name for name in names if "page" in name] or [name for name in names if name.startswith("worker")],
            "embedder": [name for name in names if name.startswith("embed")],
        }
        self.has_pager = any("page" in name for name in names)

    def main(self, kind: str, rng: random.Random, seconds: float = 60) -> Process:
        """The main process of this kind's program, once it runs. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            names = self._programs.get(kind, [kind])
            running = [one for one in self._stack.services() if one.name in names and one.state == "RUNNING" and one.pid]
            found = process(rng.choice(running).pid) if running else None
            if found is not None:
                return found
            time.sleep(0.1)
        raise TimeoutError(f"{kind} did not run again")

    def children(self, main: Process) -> list[Process]:
        """Its worker children."""
        return [found for pid in processes.children(main.pid) if (found := process(pid)) is not None]


def busiest(candidates: list[Process], rng: random.Random) -> Process:
    """The one that runs Tesseract, else the one that has lately used the processor, else any."""
    tree = _parents()
    for candidate in candidates:
        if any("tesseract" in _name(pid) for pid in _descendants(candidate.pid, tree)):
            return candidate
    used = {
        candidate: sum(_ticks(pid) for pid in [candidate.pid, *_descendants(candidate.pid, tree)]) for candidate in candidates
    }
    busy = [candidate for candidate in candidates if used[candidate] == max(used.values())]
    return rng.choice(busy)


def _parents() -> dict[int, list[int]]:
    tree: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
                tree.setdefault(parent, []).append(int(entry.name))
    return tree


def _descendants(pid: int, tree: dict[int, list[int]]) -> list[int]:
    found = list(tree.get(pid, []))
    for child in found:
        found += tree.get(child, [])
    return found


def _name(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "comm").read_text(encoding="utf-8")
    except OSError:
        return ""


def _ticks(pid: int) -> int:
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
