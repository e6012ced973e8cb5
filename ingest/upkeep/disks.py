"""Work stops before a disk is full, and goes on when there is room again: PostgreSQL that cannot write is worse than a pause."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import structlog

from ingest.db import halts
from ingest.db.engine import Database
from ingest.db.halts import Mode, Reason

log = structlog.get_logger(__name__)

_SHARE = 0.05  # of a disk that is too small for the setting
_ROOM_AGAIN = 1.25  # times the least, or work would stop and go with every document


def watch(database: Database, folders: Sequence[Path], least_free_bytes: int) -> None:
    """Pause where a folder's disk has less than this free; go on where all have a quarter more. Raises DatabaseUnavailable."""
    disks = {folder: shutil.disk_usage(folder) for folder in folders if folder.exists()}
    if not disks or not least_free_bytes:
        return
    # By how much more than the least it has: a small disk is asked for a twentieth of itself.
    room = {folder: disk.free / min(least_free_bytes, disk.total * _SHARE) for folder, disk in disks.items()}
    folder = min(room, key=room.__getitem__)
    with database.begin() as connection:
        halted = halts.current(connection)
        if room[folder] < 1 and halted is None:
            halts.halt(connection, Mode.PAUSED, Reason.DISK)
            log.error("work_paused_by_disk", folder=str(folder), free_bytes=disks[folder].free)
        elif halted is not None and halted.reason is Reason.DISK and room[folder] > _ROOM_AGAIN:
            halts.resume(connection, Reason.DISK)
            log.info("work_resumed", folder=str(folder), free_bytes=disks[folder].free)
