"""Finding the processes of one stack in /proc, to kill them as a fault would."""

import os
import signal
from pathlib import Path

from tests.support.office import wait_for


def of_stack(env: dict[str, str], needle: str) -> list[int]:
    """Pids of the stack's processes whose command line holds `needle`, oldest first."""
    marker = f"DATABASE_URL={env['DATABASE_URL']}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if needle.encode() in _command(entry) and _has(entry, marker):
                found.append((_started(entry), int(entry.name)))
        except OSError:
            continue  # it ended while we looked
    return [pid for _, pid in sorted(found)]


def _has(entry: Path, marker: bytes) -> bool:
    """Whether the process, or one that it descends from, has this setting: Tesseract is given none of the stack's."""
    while entry.name != "0":
        if marker in (entry / "environ").read_bytes().split(b"\0"):
            return True
        entry = entry.with_name(_stat(entry)[1])
    return False


def children(pid: int) -> list[int]:
    """Pids whose parent is `pid`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int(_stat(entry)[1]) == pid:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def parent(pid: int) -> int:
    """The pid of its parent. Raises OSError where it has ended."""
    return int(_stat(Path("/proc") / str(pid))[1])


def kill(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)


def _command(entry: Path) -> bytes:
    return (entry / "cmdline").read_bytes().replace(b"\0", b" ")


def _stat(entry: Path) -> list[str]:
    # The command's name stands in brackets and may hold spaces.
    return (entry / "stat").read_text().rpartition(")")[2].split()


def _started(entry: Path) -> int:
    return int(_stat(entry)[19])


def working_child(env: dict[str, str]) -> int:
    """The worker child that runs Tesseract at this moment."""
    tesseract = wait_for(lambda: next(iter(of_stack(env, "tesseract")), None), "a running Tesseract")
    for child in of_stack(env, "celery"):
        if tesseract in children(child):
            return child
    raise AssertionError("Tesseract has no parent among the workers")


def mains(env: dict[str, str], needle: str) -> list[int]:
    """The processes of that command line whose parent has another one."""
    found = of_stack(env, needle)
    return [pid for pid in found if not any(pid in children(other) for other in found)]
