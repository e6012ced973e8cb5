"""Ports for a stack: free ones, and no two stacks that start at the same moment take the same."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4


@contextmanager
def reserved(wanted: dict[str, int]) -> Iterator[dict[str, int]]:
    """Each wanted port, or the next one that nobody has; ours until the block ends, by when its service listens on it.

    Raises PermissionError where somebody else has made the folder in which reservations lie.
    """
    folder = _folder()
    mine = folder / f"{os.getpid()}-{uuid4().hex}.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ports = _free(wanted, _reserved_by_others(folder))
        mine.write_text(json.dumps(sorted(ports.values())), encoding="ascii")
    try:
        yield ports
    finally:
        mine.unlink(missing_ok=True)


def _folder() -> Path:
    folder = Path(gettempdir()) / f"bandeja-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.geteuid() or folder.is_symlink():
        raise PermissionError(f"{folder} is not ours; remove it")
    return folder


def _reserved_by_others(folder: Path) -> set[int]:
    """The ports of all reservations whose process lives; what a killed one left is removed."""
    ports: set[int] = set()
    for one in folder.glob("*.json"):
        if Path(f"/proc/{one.name.partition('-')[0]}").exists():
            ports |= set(json.loads(one.read_text(encoding="ascii")))
        else:
            one.unlink(missing_ok=True)
    return ports


def _free(wanted: dict[str, int], reserved_ports: set[int]) -> dict[str, int]:
    free: dict[str, int] = {}
    for service, first in wanted.items():
        taken = reserved_ports | set(free.values())
        free[service] = next(port for port in count(first) if port not in taken and _is_free(port))
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
