"""How long processes waited for a core: what tells one that is starved from one that hangs."""

from collections.abc import Iterable, Iterator
from pathlib import Path

_NANOSECOND = 1e-9
_PROC = Path("/proc")


def waited_seconds(pid: int) -> float:
    """Seconds in which the process would have worked had it had a core; 0 where it has ended or the kernel keeps no count.

    Linux counts them for every process (Documentation/scheduler/sched-stats: /proc/PID/schedstat, second field).
    """
    try:
        return int((_PROC / str(pid) / "schedstat").read_text(encoding="ascii").split()[1]) * _NANOSECOND
    except (OSError, IndexError, ValueError):
        return 0.0


def children(of: int, names: Iterable[str]) -> list[int]:
    """The direct children of a process whose program has one of these names."""
    wanted = set(names)
    return [pid for pid, name, parent, _ in _processes() if parent == of and name in wanted]


def group(of: int) -> list[int]:
    """The process, and those of the process group that it leads."""
    return [of, *(pid for pid, _, _, leader in _processes() if leader == of and pid != of)]


def _processes() -> Iterator[tuple[int, str, int, int]]:
    """Pid, name, parent and process group of all that run."""
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it has ended
            # The name stands in brackets and may hold any.
            name, _, rest = stat.partition("(")[2].rpartition(")")
            _, parent, leader, *_ = rest.split()
            yield int(entry.name), name, int(parent), int(leader)
