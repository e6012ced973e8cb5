"""The stack that a run is made on: throw-away, with default settings, small disks, the event proxy, counted OCR."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from ingest.reading.page import OCR_DPI
from ingest.stack.stack import Stack
from tests.chaos.disks import SmallDisk
from tests.chaos.letters import DEADLY_WIDTH
from tests.chaos.proxy import EventProxy
from tests.support import processes

_EVENTS_MEGABYTES = 2
_DATABASE_MEGABYTES = 768  # a fresh cluster, 200 documents and the write-ahead log need some 250

# Stands before the real Tesseract on the workers' PATH and writes a line a call. A picture as wide as a deadly letter's kills
# the worker that asks: nobody can finish that document. What runs there may signal nobody outside, so it says its number,
# waits, and an executioner outside does it.
_SHIM = """#!/bin/sh
width=$(head -c 32 "$1" 2>/dev/null | sed -n '2s/ .*//p')
for deadly in {widths}; do
    [ "$width" = "$deadly" ] || continue
    : > "{deaths}/$$"
    exec sleep 60
done
echo called >> "{log}"
exec "{tesseract}" "$@"
"""
# As it lies in the file, and as it is rendered for reading; a pixel more or less is rounding.
_DEADLY_WIDTHS = [round(DEADLY_WIDTH / 72 * dpi) + more for dpi in (150, OCR_DPI) for more in (-1, 0, 1)]


@dataclass(slots=True)
class Stage:
    """A running stack and what was put around it."""

    stack: Stack
    proxy: EventProxy
    disks: dict[str, SmallDisk]
    shim: Path

    @property
    def env(self) -> dict[str, str]:
        """The stack's settings."""
        return self.stack.environment

    def waiting_events(self) -> int:
        """Events on MinIO's disk that the listener has not taken."""
        found = (self.stack.layout.data / "minio-events").rglob("*.event*")
        # A full disk leaves empty ones, which MinIO passes over.
        return sum(1 for path in found if path.is_file() and path.stat().st_size)

    def tesseract_calls(self) -> int:
        """How often a worker has called Tesseract."""
        log = self.shim / "calls"
        return len(log.read_bytes().splitlines()) if log.exists() else 0

    def logs(self) -> Path:
        """Where the services' logs are."""
        return self.stack.layout.log


@contextmanager
def staged(seed: int, say: Callable[[str], None], keep_logs: Path) -> Iterator[Stage]:
    """A stage; torn down at the end, its logs kept in `keep_logs`."""
    with tempfile.TemporaryDirectory(prefix="bandeja-chaos-") as name:
        home = Path(name)
        proxy = EventProxy(seed)
        proxy.start()
        stack = Stack(home / "stack")
        stage = Stage(stack, proxy, _disks(stack), _shim(home / "shim"))
        os.environ |= {
            "BANDEJA_WEBHOOK_URL": proxy.url,
            "PATH": f"{stage.shim / 'bin'}:{os.environ['PATH']}",
        }
        try:
            stack.up(say, port_base=random.SystemRandom().randrange(30_000, 39_000, 20), seconds=300)
            proxy.lead_to(stack.environment["BANDEJA_LISTENER_URL"])
            yield stage
        finally:
            shutil.rmtree(keep_logs, ignore_errors=True)
            shutil.copytree(stack.layout.log, keep_logs)
            stack.down()
            for disk in stage.disks.values():
                disk.remove()
            stack.destroy()


def _executioner(deaths: Path) -> None:
    """Kill the worker child above every process that says its number in this folder, until the folder is gone."""
    while deaths.exists():
        for said in deaths.iterdir():
            said.unlink(missing_ok=True)
            pid = int(said.name)
            with suppress(OSError):
                while pid > 1 and "celery" not in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace"):
                    pid = processes.parent(pid)
                processes.kill(pid)
        time.sleep(0.05)


def _disks(stack: Stack) -> dict[str, SmallDisk]:
    """For MinIO's event queue and PostgreSQL's files; not mounted where we may not."""
    stack.layout.make()
    return {
        "events": SmallDisk(stack.layout.data / "minio-events", _EVENTS_MEGABYTES),
        "database": SmallDisk(stack.layout.postgres_data.parent, _DATABASE_MEGABYTES),
    }


def _shim(folder: Path) -> Path:
    program = folder / "bin" / "tesseract"
    program.parent.mkdir(parents=True)
    widths = " ".join(map(str, _DEADLY_WIDTHS))
    deaths = folder / "deaths"
    deaths.mkdir()
    shim = _SHIM.format(log=folder / "calls", tesseract=shutil.which("tesseract"), widths=widths, deaths=deaths)
    Thread(target=_executioner, args=(deaths,), name="executioner", daemon=True).start()
    program.write_text(shim, encoding="utf-8")
    program.chmod(0o755)
    return folder
