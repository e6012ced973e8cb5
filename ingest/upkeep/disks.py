"""Work stops before a disk is full, and goes on when there is room again: PostgreSQL that cannot write is worse than a pause."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import structlog

from ingest.db import halts
from ingest.db.engine import Database
from ingest.db.halts import Mode, Reason

log = structlog.get_logger(__name__)

_ROOM_AGAIN = 1.25  # times the least, or work would stop and go with every document


def watch(database: Database, folders: Sequence[Path], least_free_bytes: int) -> None:
    """Pause where a folder's disk has less than this free; go on where all have a quarter more. Raises DatabaseUnavailable."""
    free = {folder: shutil.disk_usage(folder).free for folder in folders if folder.exists()}
    if not free or not least_free_bytes:
        return
    folder, least = min(free.items(), key=lambda one: one[1])
    with database.begin() as connection:
        halted = halts.current(connection)
        if least < least_free_bytes and halted is None:
            halts.halt(connection, Mode.PAUSED, Reason.DISK)
            log.error("work_paused_by_disk", folder=str(folder), free_bytes=least)
        elif halted is not None and halted.reason is Reason.DISK and least > _ROOM_AGAIN * least_free_bytes:
            halts.resume(connection, Reason.DISK)
            log.info("work_resumed", folder=str(folder), free_bytes=least)
